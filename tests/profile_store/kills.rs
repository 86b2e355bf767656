use std::{
    env, fs,
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::time::sleep;
use tower_genai::profile::{Profile, store::FileStore};

use super::support::{Directory, labels, teach};

const CHILD: &str = "TOWER_GENAI_PROFILE_CHILD";

/// One of the processes that are killed; nothing where no parent has started it.
#[tokio::test]
async fn child() {
    let Ok(folder) = env::var(CHILD) else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let store = FileStore::open(folder.join("profile.jsonl")).unwrap();
    let profile = Profile::new().keep(store);
    let open = |name: &str| {
        let mut options = fs::OpenOptions::new();
        let file = options.append(true).create(true).open(folder.join(name));
        file.unwrap()
    };
    let (mut begun, mut kept) = (open("begun"), open("kept"));
    loop {
        for at in 0..20 {
            teach(&profile, None, "auto", &format!("question {at}"));
        }
        begun.write_all(b"b").unwrap();
        profile.flush().await.unwrap();
        // What was acknowledged must be there afterwards.
        kept.write_all(b"k").unwrap();
    }
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_the_file_as_it_was_after_one_exchange() {
    const BEFORE: u64 = 100;
    let directory = Directory::new("kills");
    // Long enough to be written that many a kill falls into it.
    let store = FileStore::open(directory.file()).unwrap();
    let profile = Profile::new().keep(store);
    for at in 0..BEFORE {
        teach(&profile, None, "auto", &format!("before {at}"));
    }
    drop(profile);
    let mut random = fastrand::Rng::new();
    for round in 0..16 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kills::child", "--nocapture"])
            .env(CHILD, &directory.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It has kept something, and is then killed somewhere while it keeps more.
        let size = |name: &str| fs::metadata(directory.0.join(name)).map_or(0, |file| file.len());
        let before = size("kept");
        for _ in 0..100_000 {
            if size("kept") > before && size("begun") > size("kept") {
                break;
            }
            sleep(Duration::from_micros(100)).await;
        }
        std::thread::sleep(Duration::from_micros(random.u64(..8_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(size("kept") > before, "{round}");
        let store = FileStore::open(directory.file()).unwrap();
        let found = labels(&Profile::new().keep(store), None, "auto");
        let acknowledged = (BEFORE + 20 * size("kept")).min(1_024);
        assert!(found >= acknowledged, "{round}: {found} of {acknowledged}");
        assert!(
            found.is_multiple_of(20) || found == 1_024,
            "{round}: {found}"
        );
    }
}
