use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const HELP: &str = "\
this test runs official packages against the gateway, and needs python3 with venv and pip \
(Debian, Ubuntu: apt-get install python3 python3-venv) and, once, a package index";

/// A Python with these packages, one a line, made anew where it is not there yet. Where none can be made the test is
/// left out, but never where `CI` is set.
pub(crate) fn with(set: &str, packages: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{set}-venv"));
    let scripts = if cfg!(windows) { "Scripts" } else { "bin" };
    let python = folder.join(scripts).join("python");
    let marker = folder.join("complete");
    if fs::read_to_string(&marker).is_ok_and(|made| made == packages) {
        return Some(python);
    }
    // What an earlier run left half done, or with other packages.
    let _ = fs::remove_dir_all(&folder);
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet"]);
    install.arg("--disable-pip-version-check");
    install.args(packages.lines());
    if run(&mut venv) && run(&mut install) {
        fs::write(&marker, packages).unwrap();
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
