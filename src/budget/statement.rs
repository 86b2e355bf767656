use std::{fmt::Write, time::SystemTime};

use serde::{Serialize, Serializer};

use super::{AccountView, Snapshot, WindowView};
use crate::money::Usd;

/// Who has spent how much on which model, window by window: for people who settle accounts.
///
/// Made of a [`Snapshot`], or of the windows that a ledger has kept. [Written](Self::csv) as CSV, or as JSON by
/// [`serde`]; amounts are decimal dollars, times are RFC 3339 in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Statement {
    /// One for each window, by account, kind of window and time.
    pub windows: Vec<Stated>,
}

/// One window of an account in a [`Statement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stated {
    /// The budget.
    pub scope: String,
    /// Whose, where there is one such budget for each.
    pub key: Option<String>,
    /// The kind of window.
    pub window: &'static str,
    /// Its first moment.
    #[serde(serialize_with = "rfc3339")]
    pub from: SystemTime,
    /// The next one's first moment; `None` for never.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub until: Option<SystemTime>,
    /// What is settled, refunds taken off.
    pub spent_usd: Usd,
    /// What calls in flight hold.
    pub held_usd: Usd,
    /// What of the spending is of [doubtful](super::DoubtfulCharge) charges that are listed still.
    pub doubtful_usd: Usd,
    /// By model, the dearest first. Refunds are not taken off.
    pub models: Vec<StatedModel>,
}

/// One model in a [`Stated`] window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StatedModel {
    /// The model asked.
    pub model: String,
    /// Where.
    pub provider: String,
    /// How many attempts have cost something.
    pub attempts: u64,
    /// What they have cost.
    pub spent_usd: Usd,
}

impl Statement {
    /// Of accounts that a ledger lists.
    pub fn of<'a>(accounts: impl IntoIterator<Item = &'a AccountView>) -> Self {
        let accounts = accounts.into_iter();
        let windows = accounts.flat_map(|account| {
            let windows = account.windows.iter();
            windows.map(|window| Stated::of(account, window))
        });
        let mut windows: Vec<_> = windows.collect();
        windows.sort_by(|a, b| {
            let by = |s: &Stated| (s.scope.clone(), s.key.clone(), s.window, s.from);
            by(a).cmp(&by(b))
        });
        Self { windows }
    }

    /// Lines of CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)) under a head: one for each model of a window, and
    /// before them one without a model for the window as a whole.
    ///
    /// Names that a spreadsheet could take for a formula have an apostrophe in front.
    pub fn csv(&self) -> String {
        let mut out = String::from(
            "scope,key,window,from,until,model,provider,attempts,spent_usd,held_usd,doubtful_usd\r\n",
        );
        for window in &self.windows {
            let head = [
                field(&window.scope),
                field(window.key.as_deref().unwrap_or_default()),
                window.window.to_owned(),
                text(window.from),
                window.until.map(text).unwrap_or_default(),
            ]
            .join(",");
            let attempts: u64 = window.models.iter().map(|model| model.attempts).sum();
            let (spent, held) = (window.spent_usd, window.held_usd);
            // Writing to a string does not fail.
            let _ = write!(
                out,
                "{head},,,{attempts},{spent},{held},{}\r\n",
                window.doubtful_usd
            );
            for model in &window.models {
                let (name, provider) = (field(&model.model), field(&model.provider));
                let (attempts, spent) = (model.attempts, model.spent_usd);
                let _ = write!(out, "{head},{name},{provider},{attempts},{spent},,\r\n");
            }
        }
        out
    }
}

impl Stated {
    fn of(account: &AccountView, window: &WindowView) -> Self {
        let models = window.models.iter().map(|view| StatedModel {
            model: view.label.model().to_owned(),
            provider: view.label.provider().to_owned(),
            attempts: view.attempts,
            spent_usd: view.spent,
        });
        Self {
            scope: account.id.name().to_owned(),
            key: account.id.key().map(|key| key.as_str().to_owned()),
            window: window.window.as_str(),
            from: window.starts_at,
            until: window.ends_at,
            spent_usd: window.spent,
            held_usd: window.held,
            doubtful_usd: Usd::ZERO,
            models: models.collect(),
        }
    }
}

impl Snapshot {
    /// Who has spent how much on which model in the windows that run.
    pub fn statement(&self) -> Statement {
        let mut statement = Statement::of(&self.accounts);
        for stated in &mut statement.windows {
            let of_window = self.doubtful.iter().filter(|charge| {
                let account = charge.accounts.iter().any(|id| {
                    id.name() == stated.scope
                        && id.key().map(|k| k.as_str()) == stated.key.as_deref()
                });
                account
                    && charge.since >= stated.from
                    && stated.until.is_none_or(|end| charge.since < end)
            });
            stated.doubtful_usd = of_window
                .map(|charge| charge.charged.saturating_sub(charge.refunded))
                .fold(Usd::ZERO, Usd::saturating_add);
        }
        statement
    }
}

fn text(at: SystemTime) -> String {
    jiff::Timestamp::try_from(at).map_or_else(|_| String::new(), |at| at.to_string())
}

fn rfc3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}

fn rfc3339_or_null<S: Serializer>(
    at: &Option<SystemTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// A field that neither ends early nor is run, in the lists of any country.
fn field(name: &str) -> String {
    const FORMULA: [char; 8] = [
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ];
    let shown = name.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    // What begins with blanks may be read without them.
    let guard = match shown.starts_with(FORMULA) {
        true => "'",
        false => "",
    };
    if name.contains([',', ';', '"', '\t', '\r', '\n']) {
        return format!("\"{guard}{}\"", name.replace('"', "\"\""));
    }
    format!("{guard}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{AccountId, HoldLabel, ModelView, ScopeKey, Window};

    fn usd(text: &str) -> Usd {
        text.parse().unwrap()
    }

    fn at(text: &str) -> SystemTime {
        text.parse::<jiff::Timestamp>().unwrap().try_into().unwrap()
    }

    fn view(key: &str) -> AccountView {
        let key = ScopeKey::new(key).unwrap();
        let mut account = AccountView::new(AccountId::new("team", Some(key)));
        account.windows.push(WindowView {
            window: Window::Day,
            starts_at: at("2026-11-24T00:00:00Z"),
            ends_at: Some(at("2026-11-25T00:00:00Z")),
            spent: usd("0.3"),
            held: usd("0.1"),
            open_holds: 1,
            models: vec![ModelView {
                label: HoldLabel::new("glm-5", "zai"),
                attempts: 2,
                spent: usd("0.3"),
            }],
        });
        account
    }

    #[test]
    fn csv_has_a_line_for_each_window_and_model() {
        let lines = Statement::of([&view("a,\"b\"")]).csv();
        let expected = "scope,key,window,from,until,model,provider,attempts,spent_usd,held_usd,doubtful_usd\r\n\
            team,\"a,\"\"b\"\"\",day,2026-11-24T00:00:00Z,2026-11-25T00:00:00Z,,,2,0.30,0.10,0.00\r\n\
            team,\"a,\"\"b\"\"\",day,2026-11-24T00:00:00Z,2026-11-25T00:00:00Z,glm-5,zai,2,0.30,,\r\n";
        assert_eq!(lines, expected);
        let guarded = Statement::of([&view("=1+1")]).csv();
        assert!(guarded.contains("team,'=1+1,day"), "{guarded}");
    }

    #[test]
    fn json_has_decimal_amounts_and_times() {
        let json = serde_json::to_value(Statement::of([&view("a")])).unwrap();
        assert_eq!(json[0]["spent_usd"], "0.30");
        assert_eq!(json[0]["until"], "2026-11-25T00:00:00Z");
        assert_eq!(json[0]["models"][0]["model"], "glm-5");
    }
}
