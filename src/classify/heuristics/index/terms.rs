use super::numbered::Numbered;

/// Terms and the rules that each belongs to.
#[derive(Debug)]
pub(super) struct Terms {
    texts: Numbered,
    /// Where each term's rules begin; one more for the end.
    starts: Vec<usize>,
    rules: Vec<u16>,
}

impl Terms {
    /// The rules of a term keep the order that they come in.
    pub(super) fn new(terms: &[(&'static str, u16)]) -> Self {
        let mut texts = Numbered::with_capacity(terms.len());
        let mut numbers: Vec<(u16, u16)> = terms
            .iter()
            .map(|(term, rule)| (texts.add(term), *rule))
            .collect();
        numbers.sort_by_key(|(term, _)| *term);
        let mut starts = vec![0; texts.texts().len() + 1];
        for (term, _) in &numbers {
            starts[usize::from(*term) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Self {
            texts,
            starts,
            rules: numbers.into_iter().map(|(_, rule)| rule).collect(),
        }
    }

    pub(super) fn get(&self, term: &str) -> &[u16] {
        let number = self.texts.get(term).map(usize::from);
        number.map_or(&[], |number| self.rules_of(number))
    }

    fn rules_of(&self, number: usize) -> &[u16] {
        &self.rules[self.starts[number]..self.starts[number + 1]]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &[u16])> {
        let texts = self.texts.texts().iter().copied();
        texts.zip((0..).map(|number| self.rules_of(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_have_their_rules_in_order() {
        let terms = Terms::new(&[("a", 1), ("b", 1), ("a", 2), ("c", 0), ("a", 1)]);
        assert_eq!(terms.get("a"), [1, 2, 1]);
        assert_eq!(terms.get("c"), [0]);
        assert!(terms.get("d").is_empty());
        let all: Vec<_> = terms.iter().collect();
        assert_eq!(all, [("a", &[1, 2, 1][..]), ("b", &[1]), ("c", &[0])]);
    }
}
