use super::{Called, Said};
use crate::chat::{Delta, Sink};

/// Calls of one answer; more are not kept, and neither is the answer.
const MOST_CALLS: usize = 128;

/// What was said so far, within a bound.
pub(super) struct Saying {
    said: Said,
    /// How many bytes may yet be said.
    left: usize,
    lost: bool,
}

impl Saying {
    pub(super) fn at_most(bytes: usize) -> Self {
        Self {
            said: Said::default(),
            left: bytes,
            lost: false,
        }
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// It is not to be read on.
    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.said = Said::default();
    }

    pub(super) fn into_said(self) -> Option<Said> {
        (!self.lost).then_some(self.said)
    }

    /// Whether there is room for so many bytes more; where there is none, nothing is kept.
    fn fits(&mut self, bytes: usize) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) if !self.lost => {
                self.left = left;
                true
            }
            _ => {
                self.lose();
                false
            }
        }
    }

    fn call(&mut self, call: u32) -> Option<&mut Called> {
        let at = usize::try_from(call).ok().filter(|at| *at < MOST_CALLS);
        let Some(at) = at else {
            self.lose();
            return None;
        };
        if self.said.calls.len() <= at {
            self.said.calls.resize_with(at + 1, Called::default);
        }
        self.said.calls.get_mut(at)
    }
}

impl Sink for Saying {
    fn take(&mut self, delta: Delta<'_>) {
        if self.lost {
            return;
        }
        match delta {
            Delta::Text { choice: 0, text } if self.fits(text.len()) => {
                self.said.text.push_str(&text);
            }
            Delta::Refusal { choice: 0, text } if self.fits(text.len()) => {
                self.said.refused = true;
                self.said.text.push_str(&text);
            }
            Delta::ToolCall {
                choice: 0,
                call,
                name,
                ..
            } if self.fits(name.len()) => {
                if let Some(called) = self.call(call) {
                    called.name.push_str(&name);
                }
            }
            Delta::Arguments {
                choice: 0,
                call,
                json,
            } if self.fits(json.len()) => {
                if let Some(called) = self.call(call) {
                    called.arguments.push_str(&json);
                }
            }
            Delta::End { choice: 0, ended } => self.said.finish = Some(ended.finish),
            Delta::Failed(_) => self.lose(),
            _ => {}
        }
    }
}
