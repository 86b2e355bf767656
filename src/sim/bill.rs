use std::collections::VecDeque;

use super::price;

/// What one call cost, by the provider's own count.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BillLine {
    /// The number of the call at its provider, from 1.
    pub call: u64,
    /// The model that answered.
    pub model: String,
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u64,
    /// Tokens of the prompt that were read from the provider's cache.
    pub cached_tokens: u64,
    /// Tokens of the prompt that were written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Tokens written, reasoning included.
    pub completion_tokens: u64,
    /// Tokens of the reasoning.
    pub reasoning_tokens: u64,
    /// The price of the call in billionths of a USD, rounded up once.
    pub nano_usd: u64,
    /// Whether the answer ended early: the client left, or the provider broke off.
    pub cut: bool,
    /// Whether the answer was streamed.
    pub streamed: bool,
    /// The status that was sent, 0 where the provider hung up before; 200 where the client left
    /// first. A call that failed stands here with nothing to pay.
    pub status: u16,
}

/// A provider's bill: the truth that a ledger can be compared with.
///
/// The sums cover every call; the lines are those that [`Provider::keep`] left room for.
///
/// [`Provider::keep`]: super::Provider::keep
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    lines: VecDeque<BillLine>,
    total_nano_usd: u64,
    billed: u64,
}

impl Bill {
    /// The lines in the order in which the calls ended.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &BillLine> {
        self.lines.iter()
    }

    /// The line of one call, if it has ended.
    pub fn line(&self, call: u64) -> Option<&BillLine> {
        self.lines.iter().find(|line| line.call == call)
    }

    /// What is owed, in billionths of a USD.
    pub fn total_nano_usd(&self) -> u64 {
        self.total_nano_usd
    }

    /// What is owed, as a decimal number of USD with nine places, such as `"0.001234567"`.
    pub fn total_usd(&self) -> String {
        price::usd(self.total_nano_usd)
    }

    /// How many calls were charged for, free models' answers included.
    pub fn billed(&self) -> u64 {
        self.billed
    }

    pub(crate) fn add(&mut self, line: BillLine, charged: bool, keep: usize) {
        self.total_nano_usd = self.total_nano_usd.saturating_add(line.nano_usd);
        self.billed += u64::from(charged);
        self.lines.push_back(line);
        while self.lines.len() > keep {
            self.lines.pop_front();
        }
    }
}
