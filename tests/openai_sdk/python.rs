use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const PACKAGE: &str = "openai==3.54.0";

const HELP: &str = "\
this test runs OpenAI's Python package against the gateway, and needs python3 with venv and pip \
(Debian, Ubuntu: apt-get install python3 python3-venv) and, once, a package index";

/// A Python with the package, made anew where it is not there yet. Where none can be made the test is left out, but
/// never where `CI` is set.
pub(crate) fn with_openai() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openai-3.54.0-venv");
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = folder.join(scripts).join("python");
    let marker = folder.join("complete");
    if marker.exists() {
        return Some(python);
    }
    // What an earlier run left half done.
    let _ = fs::remove_dir_all(&folder);
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]);
    install.args(["--disable-pip-version-check", PACKAGE]);
    if run(&mut venv) && run(&mut install) {
        fs::write(&marker, PACKAGE).unwrap();
        return Some(python);
    }
    eprintln!("LEFT OUT: {HELP}");
    None
}

fn run(command: &mut Command) -> bool {
    let status = command.status();
    let done = status.as_ref().is_ok_and(|status| status.success());
    if !done && env::var_os("CI").is_some() {
        panic!("{command:?} failed ({status:?}); {HELP}");
    }
    done
}
