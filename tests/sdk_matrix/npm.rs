use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const HELP: &str = "\
this test runs official packages against the gateway, and needs node and npm \
(Debian, Ubuntu: apt-get install nodejs npm) and, once, a package index";

/// What the scripts need beside them: a script finds packages from where it lies, and those lie in the target folder.
const PACKAGE: &str = include_str!("js/package.json");
const SCRIPTS: [(&str, &str); 4] = [
    ("matrix.mjs", include_str!("js/matrix.mjs")),
    ("openai.mjs", include_str!("js/openai.mjs")),
    ("anthropic.mjs", include_str!("js/anthropic.mjs")),
    ("google.mjs", include_str!("js/google.mjs")),
];

/// A folder with the packages and the scripts, made anew where it is not there yet. Where none can be made the test is
/// left out, but never where `CI` is set.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk-matrix-npm");
    let marker = folder.join("complete");
    if !fs::read_to_string(&marker).is_ok_and(|made| made == PACKAGE) {
        // What an earlier run left half done, or with other packages.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("package.json"), PACKAGE).unwrap();
        let mut install = Command::new("npm");
        install.args(["install", "--silent", "--ignore-scripts"]);
        install.args(["--no-audit", "--no-fund", "--no-package-lock"]);
        let status = install.current_dir(&folder).status();
        if !status.as_ref().is_ok_and(|status| status.success()) {
            if env::var_os("CI").is_some() {
                panic!("{install:?} failed ({status:?}); {HELP}");
            }
            eprintln!("LEFT OUT: {HELP}");
            return None;
        }
        fs::write(&marker, PACKAGE).unwrap();
    }
    for (name, text) in SCRIPTS {
        fs::write(folder.join(name), text).unwrap();
    }
    Some(folder)
}
