use std::collections::HashSet;

use super::{
    super::Rate,
    Doubt, NoteKind, Slot, amount,
    imported::{ImportedModel, Log},
    json::Node,
};
use crate::{money::UnitPrice, query::Capability};

/// A model being read.
pub(super) struct Draft<'l> {
    pub(super) model: ImportedModel,
    pub(super) log: &'l mut Log,
    /// What the tier `fast` costs, in thousandths of the ordinary one.
    pub(super) fast: Option<u32>,
}

impl<'l> Draft<'l> {
    /// No model has nearly as many rates; more of them would cost time by their square.
    pub(super) const MOST_RATES: usize = 256;

    pub(super) const fn new(model: ImportedModel, log: &'l mut Log) -> Self {
        Self {
            model,
            log,
            fast: None,
        }
    }

    pub(super) fn note(&mut self, key: &str, kind: NoteKind, node: Node<'_, '_>) {
        self.log.note(&self.model.name, key, kind, node.place().0);
    }

    /// A value that is what its key says, or not.
    pub(super) fn fact<T>(&mut self, key: &str, node: Node<'_, '_>, value: Option<T>) -> Option<T> {
        match value {
            Some(_) => self.log.understood += 1,
            None if node.is_null() => {}
            None => self.note(key, NoteKind::Misshapen, node),
        }
        value
    }

    pub(super) fn can(&mut self, capability: Capability, yes: Option<bool>) {
        if yes == Some(true) && !self.model.can.contains(&capability) {
            self.model.can.push(capability);
        }
    }

    /// A price in dollars for 10^`per` units, times `times`.
    pub(super) fn price(
        &mut self,
        slot: Slot,
        key: &str,
        node: Node<'_, '_>,
        per: u32,
        times: u64,
    ) {
        if node.is_null() {
            return;
        }
        let read = node.digits().ok_or(Doubt::NoNumber);
        let read = read.and_then(|text| amount::read(&text, per));
        let read = read.and_then(|amount| {
            let pico = amount.price.pico().checked_mul(times);
            let price = UnitPrice::from_pico(pico.ok_or(Doubt::TooLarge)?);
            Ok((price, amount.rounded))
        });
        match read {
            Ok((price, rounded)) => {
                self.log.understood += 1;
                if rounded {
                    self.log.rounded += 1;
                    self.note(key, NoteKind::Rounded, node);
                } else {
                    self.log.exact += 1;
                }
                self.rate(slot, price, key, node);
            }
            Err(doubt) => {
                self.log.doubtful += 1;
                if doubt == Doubt::Zero {
                    self.log.understood += 1;
                } else {
                    self.note(key, NoteKind::Misshapen, node);
                }
                self.doubt(slot, doubt);
            }
        }
    }

    /// Of two prices for the same, the dearer counts. No model has nearly as many as are kept.
    fn rate(&mut self, slot: Slot, price: UnitPrice, key: &str, node: Node<'_, '_>) {
        let rates = &mut self.model.rates;
        let Some(known) = rates.iter_mut().find(|rate| Slot::of(rate) == slot) else {
            if rates.len() < Self::MOST_RATES {
                rates.push(slot.rate(price));
            } else {
                self.note(key, NoteKind::Misshapen, node);
            }
            return;
        };
        if known.amount() != price {
            *known = slot.rate(known.amount().max(price));
            self.note(key, NoteKind::Dearer, node);
        }
    }

    pub(super) fn doubt(&mut self, slot: Slot, doubt: Doubt) {
        let room = self.model.doubts.len() < Self::MOST_RATES;
        if room && !self.model.doubts.contains(&(slot.clone(), doubt)) {
            self.model.doubts.push((slot, doubt));
        }
    }

    /// The members of an object, each key once: one that repeats counts for nothing.
    pub(super) fn members<'d, 'a>(
        &mut self,
        key: &str,
        node: Node<'d, 'a>,
    ) -> Vec<(String, Node<'d, 'a>)> {
        let Some(members) = node.members() else {
            if !node.is_null() {
                self.note(key, NoteKind::Misshapen, node);
            }
            return Vec::new();
        };
        let (once, repeated) = once(members);
        for (key, node) in repeated {
            self.note(&key, NoteKind::Repeated, node);
        }
        once
    }

    /// The model. What holds at some hours holds for long prompts too, unless the list says otherwise: a rate for
    /// long prompts would win over one for hours.
    pub(super) fn finish(mut self) -> ImportedModel {
        let rates = &self.model.rates;
        let slots: HashSet<Slot> = rates.iter().map(Slot::of).collect();
        let mut more = Vec::new();
        for timed in rates.iter().filter(|rate| rate.hours().is_some()) {
            let slot = Slot::of(timed);
            for long in rates {
                let wanted = Slot {
                    over: long.over(),
                    ..slot.clone()
                };
                let same = long.unit() == timed.unit() && long.tier() == timed.tier();
                if long.hours().is_none()
                    && same
                    && long.over() > timed.over()
                    && !slots.contains(&wanted)
                {
                    more.push(wanted.rate(timed.amount()));
                }
            }
        }
        self.model.rates.extend(more);
        if let Some(factor) = self.fast {
            self.add_fast(factor);
        }
        self.model
    }

    /// The tier `fast`, where the list gives it as a factor.
    fn add_fast(&mut self, factor: u32) {
        let at_fast = |rate: &Rate| Slot {
            tier: Some("fast".into()),
            ..Slot::of(rate)
        };
        let rates = &self.model.rates;
        let fast: Vec<Rate> = rates
            .iter()
            .filter(|rate| rate.tier().is_none() && rate.unit().is_token())
            .filter(|rate| !rates.iter().any(|other| Slot::of(other) == at_fast(rate)))
            .map(|rate| at_fast(rate).rate(rate.amount().scaled(factor)))
            .collect();
        self.model.rates.extend(fast);
    }
}

type Members<T> = Vec<(String, T)>;

/// Members by whether their key is there once.
pub(super) fn once<T>(members: Members<T>) -> (Members<T>, Members<T>) {
    let mut counts = std::collections::HashMap::new();
    for (key, _) in &members {
        *counts.entry(key.clone()).or_insert(0_u32) += 1;
    }
    members
        .into_iter()
        .partition(|(key, _)| counts.get(key) == Some(&1))
}
