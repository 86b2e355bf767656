use tower_genai::stack::config::Config;

use crate::profiles::{Directory, call, teach};

fn problems(text: &str) -> String {
    let read = Config::parse("gateway.toml", text);
    read.map(|_| ()).map_err(|why| why.to_string()).unwrap_err()
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_key() {
    for (line, key, what) in [
        ("sharing = \"all\"", "sharing", "none of tenant, shared"),
        ("save_every = \"0s\"", "save_every", "above zero"),
        ("save_every = 60", "save_every", "a string"),
        ("half_life = \"0s\"", "half_life", "above zero"),
        ("explore = 0.1", "explore", "true or false"),
        ("enabled = 1", "enabled", "true or false"),
        ("signals = \"no\"", "signals", "true or false"),
        ("labels_per_minute = 0", "labels_per_minute", "at least 1"),
        ("most_pending = 0", "most_pending", "at least 1"),
        ("confidence = 0.9", "confidence", "each alias"),
        ("pth = \"x\"", "pth", "path"),
        ("name = \"x\"", "name", "goes with `url`"),
        ("url_env = \"TOWER_GENAI_NOT_SET\"", "url_env", "is not set"),
    ] {
        let told = problems(&format!("[learning]\n{line}"));
        let place = format!("gateway.toml:2:1: learning.{key}");
        let found = told.contains(&format!("learning.{key}")) && told.contains("gateway.toml:2");
        assert!(found && told.contains(what), "{place} {what}: {told}");
    }
    let both = problems("[learning]\npath = \"x\"\nurl = \"redis://user:canary@h\"");
    assert!(
        both.contains("learning.url") && both.contains("gateway.toml:3"),
        "{both}"
    );
    assert!(!both.contains("canary"), "{both}");
    // What is switched off is checked all the same.
    problems("[learning]\nenabled = false\nsharing = \"all\"");
}

#[test]
fn what_has_no_effect_is_told() {
    let config = Config::parse("gateway.toml", "[learning]\nsave_every = \"5s\"").unwrap();
    let warnings = format!("{:?}", config.warnings());
    assert!(warnings.contains("save_every"), "{warnings}");
}

#[test]
fn a_damaged_file_is_told_and_left_as_it_is() {
    let directory = Directory::new("config");
    let text = format!("[learning]\npath = {:?}", directory.file());
    let read = || Config::parse("gateway.toml", &text).unwrap();
    read().check().unwrap();
    assert!(!directory.file().exists());
    let config = read().open().unwrap();
    let profile = config.profile().unwrap();
    call(profile, Some("team-a"), "auto", "why?");
    teach(profile, Some("team-a"), "auto", "how?");
    drop(config);
    read().check().unwrap();
    let damaged = directory.read().replace("\"score\"", "\"scare\"");
    std::fs::write(directory.file(), &damaged).unwrap();
    let checked = read().check().unwrap_err().to_string();
    assert!(checked.contains(":2: `score`"), "{checked}");
    assert_eq!(read().open().unwrap_err().to_string(), checked);
    assert_eq!(directory.read(), damaged);
}
