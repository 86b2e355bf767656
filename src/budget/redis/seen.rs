use std::{collections::HashMap, time::SystemTime};

use foldhash::fast::RandomState;

use super::{
    answer::{Running, View, shown},
    keys::account_name,
};
use crate::{
    budget::{Allowance, Scope},
    money::Usd,
};

/// More accounts than are asked for at a time.
const MOST: usize = 100_000;

/// How accounts stood when the server last told of them.
#[derive(Debug, Default)]
pub(super) struct Seen {
    accounts: HashMap<String, (u64, Vec<Running>), RandomState>,
}

impl Seen {
    /// Notes what an answer shows; an older answer than the last one changes nothing.
    pub(super) fn note(&mut self, seq: u64, view: &View) {
        if let Some((known, _)) = self.accounts.get(&view.account)
            && *known > seq
        {
            return;
        }
        if self.accounts.len() >= MOST && !self.accounts.contains_key(&view.account) {
            self.accounts.clear();
        }
        let seen = (seq, view.windows.clone());
        self.accounts.insert(view.account.clone(), seen);
    }

    pub(super) fn clear(&mut self) {
        self.accounts.clear();
    }

    /// What a scope permits in the window where least is left.
    pub(super) fn allowance(&self, scope: &Scope, now: SystemTime) -> Option<Allowance> {
        let limits = scope.limits();
        if limits.is_empty() {
            return None;
        }
        let account = self.accounts.get(&account_name(scope.account()));
        let windows = account.map_or(&[][..], |(_, windows)| windows);
        let allowances = limits.iter().map(|&limit| {
            let running = windows.iter().find(|running| {
                running.window == limit.window() && running.ends_at.is_none_or(|end| now < end)
            });
            match running {
                Some(running) => {
                    let (spent, held) = (shown(running.spent), shown(running.held));
                    Allowance::new(scope, limit, spent, held, running.ends_at)
                }
                None => {
                    let renews_at = limit.window().ends(now, scope.time_zone());
                    Allowance::new(scope, limit, Usd::ZERO, Usd::ZERO, renews_at)
                }
            }
        });
        allowances.min_by_key(Allowance::left)
    }
}
