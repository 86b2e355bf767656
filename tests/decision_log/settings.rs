use std::fs;

use tower_genai::stack::config::{Config, OpenError};

fn file(section: &str) -> String {
    format!("catalog = [\"builtin\"]\n\n{section}\n")
}

#[test]
fn a_configuration_names_the_file() {
    let folder = std::env::temp_dir().join(format!("tower-genai-log-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("gateway.toml");
    let text = file("[decision_log]\npath = \"decisions.jsonl\"\nprompts = true");
    fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    // Reading a file makes none.
    assert!(config.decision_log().is_none());
    assert!(!folder.join("decisions.jsonl").exists());
    let config = config.open().unwrap();
    let log = config.decision_log().unwrap();
    assert!(format!("{log:?}").contains("prompts: true"));
    assert!(folder.join("decisions.jsonl").exists());

    fs::write(
        &path,
        file("[decision_log]\npath = \"no/such/folder/d.jsonl\""),
    )
    .unwrap();
    let wrong = Config::load(&path).unwrap().open().unwrap_err();
    assert!(matches!(wrong, OpenError::DecisionLog(_)), "{wrong}");
    assert!(wrong.to_string().contains("d.jsonl"), "{wrong}");
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_wrong_is_told_by_line_and_field() {
    for (section, told) in [
        ("[decision_log]", "path"),
        ("[decision_log]\npath = 3", "path"),
        ("[decision_log]\npath = \"a\"\nprompts = \"yes\"", "prompts"),
        ("[decision_log]\npath = \"a\"\nprompt = true", "prompt"),
    ] {
        let wrong = Config::parse("gateway.toml", &file(section))
            .unwrap_err()
            .to_string();
        assert!(
            wrong.contains("gateway.toml:") && wrong.contains(told),
            "{wrong}"
        );
    }
}
