use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const PACKAGE: &str = "openai==3.54.0";

const HELP: &str = "\
this test runs OpenAI's Python package against the gateway, and needs python3 with venv and pip \
(Debian, Ubuntu: apt-get install python3 python3-venv) and, once, a package index; \
TOWER_GENAI_SKIP_PYTHON=1 leaves it out";

/// A Python with the package, made anew where it is not there yet; `None` where this is to be left out.
pub(crate) fn with_openai() -> Option<PathBuf> {
    if env::var_os("TOWER_GENAI_SKIP_PYTHON").is_some() {
        eprintln!("left out: TOWER_GENAI_SKIP_PYTHON is set");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openai-3.54.0-venv");
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = folder.join(scripts).join("python");
    let marker = folder.join("complete");
    if !marker.exists() {
        // What an earlier run left half done.
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        run(Command::new(&python).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            PACKAGE,
        ]));
        fs::write(&marker, PACKAGE).unwrap();
    }
    Some(python)
}

fn run(command: &mut Command) {
    let status = command.status();
    assert!(
        status.as_ref().is_ok_and(|status| status.success()),
        "{command:?} failed ({status:?}); {HELP}"
    );
}
