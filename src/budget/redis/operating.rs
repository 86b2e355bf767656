use std::sync::Arc;

use redis::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Answer, Fault, Shared,
    answer::{Done, account, end, id, list, number, text, time, usd, window},
    facts::wire_id,
    keys::account_name,
    script::Program,
    shared::Answered,
};
use crate::{
    budget::{
        AccountView, DoubtfulCharge, HoldLabel, HoldView, LedgerError, ModelView, Refund,
        RefundError, RefundTarget, Snapshot, WindowView,
    },
    money::Usd,
};

/// Runs a script for an operator, until it is answered or the time is over. It may be run more than once.
async fn ask(
    shared: &Shared,
    program: &Program,
    until: Instant,
    arguments: impl Fn(&mut redis::Cmd),
) -> Result<Done, LedgerError> {
    let mut reason: Box<str> = "no connection".into();
    loop {
        let mut sent = false;
        let called = shared.call(program, &mut sent, |command, _| arguments(command));
        match timeout_at(until, called).await {
            Err(_) => return Err(LedgerError::Unavailable(reason)),
            Ok(Ok(Answered {
                answer: Answer::Done(mut done),
                ..
            })) => {
                done.told
                    .drain(..)
                    .for_each(crate::budget::book::Told::tell);
                return Ok(done);
            }
            Ok(Ok(Answered {
                answer: Answer::Lost,
                peer,
            })) => {
                shared.found_lost(&peer);
                return Err(LedgerError::Lost("Redis no longer has it".into()));
            }
            Ok(Ok(Answered {
                answer: Answer::Back(kept),
                peer,
            })) => shared.found_back(kept, &peer),
            Ok(Err(Fault::Corrupt(code))) => return Err(LedgerError::Corrupt(code)),
            Ok(Err(Fault::Denied(code))) => return Err(LedgerError::Unavailable(code)),
            Ok(Err(fault)) => reason = fault.reason().into(),
        }
        sleep(std::time::Duration::from_millis(10)).await;
    }
}

pub(super) async fn refund(
    shared: &Shared,
    refund: &Refund,
    until: Instant,
) -> Result<Usd, RefundError> {
    let (kind, name, other) = match refund.target() {
        RefundTarget::Hold(hold) => ("hold", wire_id(*hold, false), wire_id(*hold, true)),
        RefundTarget::Account(account) => ("account", account_name(account), String::new()),
    };
    let asked = ask(shared, &shared.programs.refund, until, |command| {
        command
            .arg(refund.id())
            .arg(kind)
            .arg(&name)
            .arg(&other)
            .arg(refund.amount().nanos());
    });
    let done = asked.await?;
    if done.status == "unknown" {
        return Err(match refund.target() {
            RefundTarget::Hold(_) => RefundError::UnknownHold,
            RefundTarget::Account(_) => RefundError::UnknownAccount,
        });
    }
    let amount = done.text(0).and_then(usd);
    let amount = amount.ok_or_else(|| LedgerError::Corrupt("an answer of another form".into()))?;
    tracing::info!(refund = refund.id(), target = ?refund.target(), amount_usd = %amount, "refunded");
    Ok(amount)
}

pub(super) async fn snapshot(shared: &Shared, until: Instant) -> Result<Snapshot, LedgerError> {
    let done = ask(shared, &shared.programs.snapshot, until, |_| {}).await?;
    read(done.extra).ok_or_else(|| LedgerError::Corrupt("an answer of another form".into()))
}

fn read(parts: Vec<Value>) -> Option<Snapshot> {
    let mut parts = parts.into_iter();
    let mut rows = || list(parts.next()?);
    let (accounts, holds, doubtful) = (rows()?, rows()?, rows()?);
    let mut count = || number(&parts.next()?);
    let mut snapshot = Snapshot {
        doubtful_count: count()?,
        bound_exceeded: count()?,
        would_refuse: count()?,
        forced: count()?,
        uncounted: count()?,
        ..Snapshot::default()
    };
    snapshot.accounts = each(accounts, account_view)?;
    snapshot.accounts.sort_by(|a, b| a.id.cmp(&b.id));
    snapshot.holds = each(holds, hold_view)?;
    snapshot.doubtful = each(doubtful, doubtful_charge)?;
    Some(snapshot)
}

fn each<T>(rows: Vec<Value>, read: impl Fn(Vec<Value>) -> Option<T>) -> Option<Vec<T>> {
    rows.into_iter().map(|row| read(list(row)?)).collect()
}

fn account_view(row: Vec<Value>) -> Option<AccountView> {
    let mut view = AccountView::new(account(row.first()?)?);
    view.would_refuse = number(row.get(1)?)?;
    view.windows = each(list(row.into_iter().nth(2)?)?, window_view)?;
    Some(view)
}

fn window_view(row: Vec<Value>) -> Option<WindowView> {
    let at = |index: usize| row.get(index);
    let mut view = WindowView {
        window: window(at(0)?)?,
        starts_at: time(number(at(1)?)?)?,
        ends_at: end(at(2)?)?,
        spent: usd(text(at(3)?)?)?,
        held: usd(text(at(4)?)?)?,
        open_holds: usize::try_from(number(at(5)?)?).ok()?,
        models: Vec::new(),
    };
    view.models = each(list(row.into_iter().nth(6)?)?, model_view)?;
    view.models
        .sort_by_key(|model| std::cmp::Reverse(model.spent));
    Some(view)
}

fn model_view(row: Vec<Value>) -> Option<ModelView> {
    let (model, provider) = text(row.first()?)?.split_once('\0')?;
    Some(ModelView {
        label: HoldLabel::new(model, provider),
        attempts: number(row.get(1)?)?,
        spent: usd(text(row.get(2)?)?)?,
    })
}

fn hold_view(row: Vec<Value>) -> Option<HoldView> {
    let at = |index: usize| row.get(index);
    let mut view = HoldView {
        id: id(at(0)?)?,
        label: HoldLabel::new(text(at(1)?)?, text(at(2)?)?),
        bound: usd(text(at(3)?)?)?,
        accounts: Vec::new(),
        since: time(number(at(4)?)?)?,
        expires_at: time(number(at(5)?)?)?,
    };
    for name in list(row.into_iter().nth(6)?)? {
        let account = account(&name)?;
        if !view.accounts.contains(&account) {
            view.accounts.push(account);
        }
    }
    Some(view)
}

fn doubtful_charge(row: Vec<Value>) -> Option<DoubtfulCharge> {
    let at = |index: usize| row.get(index);
    let (charged, refunded) = (usd(text(at(7)?)?)?, usd(text(at(8)?)?)?);
    let (when, expired) = (time(number(at(9)?)?)?, number(at(10)?)? == 1);
    let hold = hold_view(row)?;
    Some(DoubtfulCharge {
        since: hold.since,
        id: hold.id,
        label: hold.label,
        accounts: hold.accounts,
        bound: hold.bound,
        charged,
        refunded,
        at: when,
        expired,
    })
}

/// Looks once per connection whether the server is set up to keep what it acknowledges, and says where it is not.
pub(super) async fn check_settings(shared: Arc<Shared>, line: super::link::Line) {
    let setting = async |name: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("GET").arg(name);
        let mut answer = list(shared.link.send(&line, &command).await.ok()?)?.into_iter();
        let _name = answer.next()?;
        text(&answer.next()?).map(str::to_owned)
    };
    let policy = setting("maxmemory-policy").await;
    if policy.is_some_and(|policy| policy != "noeviction") {
        tracing::warn!(
            ledger = shared.rules.name,
            "Redis may evict keys (maxmemory-policy is not noeviction): money could be forgotten",
        );
    }
    if setting("appendonly").await.as_deref() == Some("no") {
        tracing::warn!(
            ledger = shared.rules.name,
            "Redis keeps no append-only file: what it acknowledged since its last dump is lost when it ends",
        );
    }
}
