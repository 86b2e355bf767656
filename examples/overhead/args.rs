use std::time::Duration;

pub(crate) const USAGE: &str = "usage: overhead [--rounds N] [--quick] [--json]

  --rounds N   how often each side is measured, in turn; 7 unless given
  --quick      rounds of 20 ms instead of 500 ms: to see that it runs, not how fast
  --json       print one JSON object instead of a table";

/// What was asked for on the command line.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) rounds: usize,
    /// How long one side is measured at a time.
    pub(crate) round: Duration,
    pub(crate) json: bool,
}

impl Args {
    /// `None` where only the usage is wanted.
    pub(crate) fn read(
        mut arguments: impl Iterator<Item = String>,
    ) -> Result<Option<Self>, String> {
        let mut args = Self {
            rounds: 7,
            round: Duration::from_millis(500),
            json: false,
        };
        while let Some(argument) = arguments.next() {
            match &*argument {
                "--json" => args.json = true,
                "--quick" => args.round = Duration::from_millis(20),
                "--rounds" => {
                    let value = arguments.next().unwrap_or_default();
                    let rounds = value
                        .parse()
                        .ok()
                        .filter(|rounds| (1..=99).contains(rounds));
                    args.rounds =
                        rounds.ok_or_else(|| format!("`{value}` is no number from 1 to 99"))?;
                }
                "-h" | "--help" => return Ok(None),
                _ => return Err(format!("unknown argument `{argument}`")),
            }
        }
        Ok(Some(args))
    }
}
