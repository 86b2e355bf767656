use std::{
    borrow::Cow,
    collections::{HashMap, VecDeque},
};

/// The calls of a turn that wait for their results.
///
/// A result finds its call without a look at all the others: a turn may have as many of both as fit into a request.
#[derive(Debug, Default)]
pub(crate) struct Waiting<'a> {
    by_id: HashMap<Cow<'a, str>, VecDeque<usize>>,
    by_name: HashMap<Cow<'a, str>, VecDeque<usize>>,
    calls: Vec<Call>,
    /// None before it waits.
    first: usize,
}

#[derive(Debug)]
struct Call {
    has_id: bool,
    answered: bool,
}

impl<'a> Waiting<'a> {
    /// One more call; they are numbered from 0.
    pub(crate) fn add(&mut self, id: Option<Cow<'a, str>>, name: Cow<'a, str>) {
        let number = self.calls.len();
        self.calls.push(Call {
            has_id: id.is_some(),
            answered: false,
        });
        if let Some(id) = id {
            self.by_id.entry(id).or_default().push_back(number);
        }
        self.by_name.entry(name).or_default().push_back(number);
    }

    /// The number of the call that a result belongs to, which waits no longer: the one of its id, else the next one of
    /// its name, or the next.
    pub(crate) fn answer(&mut self, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let calls = &self.calls;
        let of_id = id.and_then(|id| next(self.by_id.get_mut(id)?, calls));
        let found = match (of_id, name) {
            (Some(number), _) => Some(number),
            (None, Some(name)) => next(self.by_name.get_mut(name)?, calls),
            (None, None) => {
                let answered = |at: &usize| calls.get(*at).is_some_and(|call| call.answered);
                while answered(&self.first) {
                    self.first += 1;
                }
                Some(self.first)
            }
        };
        let call = self.calls.get_mut(found?)?;
        // One of another id is not meant.
        if of_id.is_none() && id.is_some() && call.has_id {
            return None;
        }
        call.answered = true;
        found
    }
}

/// The first of these that waits; those before it are done with.
fn next(numbers: &mut VecDeque<usize>, calls: &[Call]) -> Option<usize> {
    while let Some(number) = numbers.front() {
        if !calls[*number].answered {
            return Some(*number);
        }
        numbers.pop_front();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(calls: &[(Option<&'static str>, &'static str)]) -> Waiting<'static> {
        let mut waiting = Waiting::default();
        for (id, name) in calls {
            waiting.add(id.map(Cow::from), Cow::from(*name));
        }
        waiting
    }

    #[test]
    fn results_find_their_calls_by_id_name_and_order() {
        let mut calls = waiting(&[
            (Some("a"), "f"),
            (Some("b"), "g"),
            (Some("a"), "f"),
            (None, "f"),
        ]);
        assert_eq!(calls.answer(Some("b"), None), Some(1));
        assert_eq!(calls.answer(Some("b"), None), None);
        assert_eq!(calls.answer(Some("a"), Some("g")), Some(0));
        assert_eq!(calls.answer(None, Some("f")), Some(2));
        assert_eq!(calls.answer(Some("a"), None), Some(3), "it has no id");
        assert_eq!(calls.answer(None, None), None);
        let mut calls = waiting(&[(None, "f"), (Some("a"), "g"), (None, "f")]);
        assert_eq!(calls.answer(None, Some("g")), Some(1));
        assert_eq!(calls.answer(None, None), Some(0));
        assert_eq!(calls.answer(None, None), Some(2));
        assert_eq!(calls.answer(None, Some("f")), None);
        let mut calls = waiting(&[(Some("a"), "f")]);
        assert_eq!(calls.answer(Some("x"), Some("f")), None, "of another id");
        assert_eq!(calls.answer(Some("a"), Some("f")), Some(0));
    }
}
