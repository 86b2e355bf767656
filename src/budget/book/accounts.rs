use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

use super::Account;
use crate::budget::AccountId;

/// All accounts, each in a place of its own that it keeps.
#[derive(Debug, Default)]
pub(in crate::budget) struct Accounts {
    index: HashMap<Arc<AccountId>, u32, RandomState>,
    places: Vec<Option<Account>>,
    free: Vec<u32>,
}

impl Accounts {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    /// The place of an account.
    pub(super) fn find(&self, id: &AccountId) -> Option<u32> {
        self.index.get(id).copied()
    }

    /// The account at a place.
    pub(super) fn at(&self, place: u32) -> Option<&Account> {
        self.places.get(place as usize)?.as_ref()
    }

    /// The account at a place.
    pub(super) fn at_mut(&mut self, place: u32) -> Option<&mut Account> {
        self.places.get_mut(place as usize)?.as_mut()
    }

    /// The place of an account, which is made where there is none.
    pub(super) fn open(&mut self, id: &Arc<AccountId>, born: u64) -> u32 {
        if let Some(place) = self.find(id) {
            return place;
        }
        let account = Account::new(Arc::clone(id), born);
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(account);
                place
            }
            None => {
                self.places.push(Some(account));
                u32::try_from(self.places.len() - 1).expect("fewer accounts than bytes of memory")
            }
        };
        self.index.insert(Arc::clone(id), place);
        place
    }

    pub(super) fn close(&mut self, place: u32) {
        let account = self.places.get_mut(place as usize).and_then(Option::take);
        if let Some(account) = account {
            self.index.remove(&account.id);
            self.free.push(place);
        }
    }

    pub(in crate::budget) fn iter(&self) -> impl Iterator<Item = &Account> {
        self.places.iter().flatten()
    }

    /// Closes all of which `keep` says no.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut Account) -> bool) {
        for place in 0..self.places.len() {
            if let Some(account) = &mut self.places[place]
                && !keep(account)
            {
                self.close(u32::try_from(place).unwrap_or(u32::MAX));
            }
        }
        if self.index.is_empty() {
            *self = Self::default();
        }
    }
}
