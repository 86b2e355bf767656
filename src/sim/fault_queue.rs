use std::collections::VecDeque;

use super::Fault;

/// How many calls a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// The next call.
    Once,
    /// So many calls from the next one on.
    Next(u64),
    /// All calls until it is healed.
    Always,
}

/// The faults that wait for calls.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue {
    counted: VecDeque<(Fault, u64)>,
    always: Option<Fault>,
}

impl FaultQueue {
    pub(crate) fn push(&mut self, fault: Fault, times: Times) {
        match times {
            Times::Once => self.counted.push_back((fault, 1)),
            Times::Next(0) => {}
            Times::Next(n) => self.counted.push_back((fault, n)),
            Times::Always => self.always = Some(fault),
        }
    }

    pub(crate) fn take(&mut self) -> Option<Fault> {
        let Some((fault, left)) = self.counted.front_mut() else {
            return self.always.clone();
        };
        *left -= 1;
        let (fault, spent) = (fault.clone(), *left == 0);
        if spent {
            self.counted.pop_front();
        }
        Some(fault)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(fault: Option<Fault>) -> Option<u16> {
        match fault {
            Some(Fault::Status { status, .. }) => Some(status),
            _ => None,
        }
    }

    #[test]
    fn counted_faults_come_in_order_and_before_the_lasting_one() {
        let mut queue = FaultQueue::default();
        queue.push(Fault::status(500), Times::Always);
        queue.push(Fault::status(429), Times::Once);
        queue.push(Fault::status(503), Times::Next(2));
        queue.push(Fault::status(400), Times::Next(0));
        let taken: Vec<_> = (0..5).map(|_| status(queue.take())).collect();
        assert_eq!(taken, [429, 503, 503, 500, 500].map(Some));
        queue.clear();
        assert_eq!(status(queue.take()), None);
    }
}
