use std::{net::SocketAddr, path::PathBuf};

/// What the command line says.
#[derive(Debug, Default)]
pub(crate) struct Args {
    pub(crate) config: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) check: bool,
    pub(crate) help: bool,
}

impl Args {
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (name, value) = match arg.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (arg, None),
            };
            let mut value = |what: &str| {
                let value = value.clone().or_else(|| args.next());
                value.ok_or_else(|| format!("{name} needs {what}"))
            };
            match name.as_str() {
                "--config" => parsed.config = Some(value("a file")?.into()),
                "--listen" => {
                    let text = value("an address")?;
                    let address = text.parse().map_err(|_| {
                        format!("--listen {text}: must be an IP address with a port, such as 127.0.0.1:8080")
                    })?;
                    parsed.listen = Some(address);
                }
                "--check" => parsed.check = true,
                "--help" | "-h" => parsed.help = true,
                other => {
                    return Err(format!("unknown argument {other}; see --help"));
                }
            }
        }
        Ok(parsed)
    }
}
