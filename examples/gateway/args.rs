use std::{net::SocketAddr, path::PathBuf};

pub(crate) const HELP: &str = "\
A gateway for generative models: OpenAI's chat completions in, any provider of its catalog out.

    gateway [--config FILE] [--listen ADDR] [--check]

    --config FILE   the gateway's configuration; without it, four simulated providers
                    serve gpt-5.4, claude-opus-4.6, gemini-3.1-pro and glm-5, and `auto`
    --listen ADDR   listen here in place of the configuration's `listen`, such as 127.0.0.1:0
    --check         only check the configuration

Exit codes: 2 for a wrong configuration or wrong arguments, 1 where it cannot listen.

This example has no TLS. Providers with an `https` address need a client with a TLS connector, such as
hyper-rustls, in `client.rs`; until then calls to them are answered with 502. In front of the gateway,
let a reverse proxy speak TLS.";

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
