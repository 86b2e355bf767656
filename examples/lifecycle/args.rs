use tower_genai::catalog::Date;

pub(crate) const USAGE: &str =
    "usage: lifecycle [--catalog FILE|builtin] [--at DATE] [--fail-before DAYS] [--json]

  --catalog FILE      the catalog; the built-in one unless given
  --at DATE           the day to be taken for today, such as 2027-03-01
  --fail-before DAYS  such as 90d: exit with 1 when a model ends by then that an alias has in its pool, or that no
                      successor in service takes over from, or when an alias has no candidate by then; the alias
                      `auto` counts where the catalog writes it, and where its pool becomes empty
  --json              one JSON object instead of tables";

/// A hundred years.
const MOST_DAYS: u32 = 36_525;

#[derive(Default)]
pub(crate) struct Args {
    pub(crate) catalog: Option<String>,
    pub(crate) at: Option<Date>,
    /// In days.
    pub(crate) fail_before: Option<u32>,
    pub(crate) json: bool,
}

impl Args {
    /// `None` where help is asked for.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut args = Self::default();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (&*word, None),
            };
            let alone = value.is_none();
            let mut value = || {
                let value = value.clone().or_else(|| words.next());
                value.ok_or_else(|| format!("{name} needs a value"))
            };
            match name {
                "--catalog" => args.catalog = Some(value()?),
                "--at" => {
                    let day = value()?;
                    let wrong = |why| format!("--at {day:?}: {why}");
                    args.at = Some(day.parse().map_err(wrong)?);
                }
                "--fail-before" => args.fail_before = Some(days(&value()?)?),
                "--json" if alone => args.json = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown argument {word:?}")),
            }
        }
        Ok(Some(args))
    }
}

/// `90d`.
fn days(text: &str) -> Result<u32, String> {
    let digits = text.strip_suffix('d').filter(|rest| {
        // No sign: a time that is over cannot be waited for.
        rest.bytes().all(|b| b.is_ascii_digit())
    });
    let days = digits.and_then(|digits| digits.parse().ok());
    days.filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(|| {
            format!(
                "--fail-before {text:?} is no number of days from 1d to {MOST_DAYS}d, such as 90d"
            )
        })
}
