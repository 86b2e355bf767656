use crate::args::Args;

fn parse(line: &str) -> Result<Args, String> {
    Args::parse(line.split_whitespace().map(str::to_owned))
}

#[test]
fn arguments_are_read_and_slips_are_told() {
    let args = parse("--config a.toml --listen=127.0.0.1:0 --check").unwrap();
    assert_eq!(args.config.unwrap().to_str(), Some("a.toml"));
    assert_eq!(args.listen.unwrap().port(), 0);
    assert!(args.check && !args.help);
    assert!(parse("-h").unwrap().help);
    for (line, why) in [
        ("--config", "--config needs a file"),
        (
            "--listen localhost",
            "--listen localhost: must be an IP address",
        ),
        ("--lsten x", "unknown argument --lsten"),
        ("a.toml", "unknown argument a.toml"),
    ] {
        let error = parse(line).unwrap_err();
        assert!(error.starts_with(why), "{error}");
    }
}
