use std::path::PathBuf;

const USAGE: &str = "usage: train --data DIR [--out FILE] [--measure]

  --data DIR    where the sets lie, as plain .jsonl files
  --out FILE    where the weights go; nowhere unless given
  --measure     prints the tables of the card";

/// What is asked of the program.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) data: PathBuf,
    pub(crate) out: Option<PathBuf>,
    pub(crate) measure: bool,
}

impl Args {
    /// Reads the arguments; else what they should have been.
    pub(crate) fn read(mut args: impl Iterator<Item = String>) -> Result<Self, &'static str> {
        let (mut data, mut out, mut measure) = (None, None, false);
        while let Some(arg) = args.next() {
            match &*arg {
                "--data" => data = Some(args.next().ok_or(USAGE)?.into()),
                "--out" => out = Some(args.next().ok_or(USAGE)?.into()),
                "--measure" => measure = true,
                _ => return Err(USAGE),
            }
        }
        Ok(Self {
            data: data.ok_or(USAGE)?,
            out,
            measure,
        })
    }
}
