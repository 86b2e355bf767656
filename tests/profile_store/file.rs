use std::fs;

use tower_genai::profile::{
    Profile, Sharing,
    store::{FileStore, StoreError},
};

use super::support::{Directory, call, labels, teach};

fn open(directory: &Directory) -> Profile {
    Profile::new().keep(FileStore::open(directory.file()).unwrap())
}

#[tokio::test]
async fn what_was_learned_is_known_after_a_restart() {
    let directory = Directory::new("restart");
    let profile = open(&directory);
    for at in 0..3 {
        teach(&profile, Some("team-a"), "auto", &format!("question {at}"));
    }
    teach(&profile, Some("team-b"), "auto", "canary words");
    teach(&profile, None, "house", "why?");
    profile.flush().await.unwrap();
    let text = directory.read();
    assert_eq!(text.lines().count(), 6, "{text}");
    assert!(!text.contains("canary"), "words are never kept");
    drop(profile);

    let again = open(&directory);
    for (who, alias, expected) in [
        (Some("team-a"), "auto", 3),
        (Some("team-b"), "auto", 1),
        (None, "house", 1),
        (None, "auto", 0),
    ] {
        assert_eq!(labels(&again, who, alias), expected, "{who:?} {alias}");
    }
    let report = again.report();
    let row = &report.streams[0].rows[0];
    assert_eq!((row.labels, row.score), (1, Some(0.25)), "{report}");
    // A call by a stream that was at hand learns nothing twice.
    teach(&again, Some("team-a"), "auto", "one more");
    again.flush().await.unwrap();
    assert_eq!(labels(&again, Some("team-a"), "auto"), 4);
    drop(again);
    assert_eq!(labels(&open(&directory), Some("team-a"), "auto"), 4);
}

#[tokio::test]
async fn a_profile_that_is_dropped_has_kept_everything() {
    let directory = Directory::new("dropped");
    let profile = open(&directory);
    teach(&profile, None, "auto", "why?");
    let clone = profile.clone();
    drop(profile);
    assert!(!directory.file().exists(), "a clone goes on");
    drop(clone);
    assert_eq!(labels(&open(&directory), None, "auto"), 1);
}

#[tokio::test]
async fn where_nothing_was_learned_nothing_is_written() {
    let directory = Directory::new("nothing");
    let profile = open(&directory);
    call(&profile, None, "auto", "why?");
    profile.flush().await.unwrap();
    drop(profile);
    assert!(!directory.file().exists());
}

#[tokio::test]
async fn a_file_is_one_process_s_alone() {
    let directory = Directory::new("alone");
    let profile = open(&directory);
    let second = FileStore::open(directory.file()).unwrap_err();
    assert!(matches!(second, StoreError::Unavailable(_)), "{second}");
    assert!(second.to_string().contains("profile.jsonl"), "{second}");
    drop(profile);
    FileStore::open(directory.file()).unwrap();
}

#[tokio::test]
async fn damage_is_told_with_its_line_and_member_and_the_file_stays_as_it_is() {
    let directory = Directory::new("damage");
    let profile = open(&directory);
    for at in 0..2 {
        teach(&profile, Some("team-a"), "auto", &format!("question {at}"));
    }
    drop(profile);
    let whole = directory.read();
    let cut = &whole[..whole.len() - 20];
    let damages = [
        (
            whole.replacen("\"score\":0.25", "\"score\":7", 1),
            2,
            "`score`",
        ),
        (
            whole.replacen("\"kind\":\"label\"", "\"kind\":\"lapel\"", 1),
            2,
            "`kind`",
        ),
        (whole.replacen("\"model\":", "\"modem\":", 1), 2, "`model`"),
        (
            whole.replacen("\"tenant\":\"team-a\"", "\"tenant\":\"\"", 1),
            2,
            "`tenant`",
        ),
        (
            whole.replacen("\"alias\":\"auto\"", "\"alias\":1", 1),
            2,
            "`alias`",
        ),
        (cut.to_owned(), 3, "no JSON object"),
        (
            whole.replacen("tower-genai profile", "other", 1),
            1,
            "no profile",
        ),
        (
            whole.replacen("\"version\":1", "\"version\":0", 1),
            1,
            "no profile",
        ),
        ("[".repeat(100_000), 1, "no JSON object"),
    ];
    for (text, line, what) in damages {
        assert_ne!(text, whole, "{what}");
        fs::write(directory.file(), &text).unwrap();
        let why = FileStore::open(directory.file()).unwrap_err();
        let told = why.to_string();
        let place = format!("profile.jsonl:{line}: ");
        assert!(matches!(why, StoreError::Damaged { .. }), "{told}");
        assert!(told.contains(&place) && told.contains(what), "{told}");
        assert_eq!(FileStore::check(directory.file()).unwrap_err(), why);
        assert_eq!(directory.read(), text, "it is left as it is");
    }
    let newer = whole.replacen("\"version\":1", "\"version\":2", 1);
    fs::write(directory.file(), &newer).unwrap();
    let why = FileStore::open(directory.file()).unwrap_err();
    assert!(matches!(why, StoreError::Newer { version: 2, .. }), "{why}");
    assert_eq!(directory.read(), newer);
    fs::write(directory.file(), &whole).unwrap();
    assert_eq!(labels(&open(&directory), Some("team-a"), "auto"), 2);
}

#[tokio::test]
async fn a_half_that_a_kill_has_left_is_nothing() {
    let directory = Directory::new("half");
    let profile = open(&directory);
    teach(&profile, None, "auto", "why?");
    drop(profile);
    let half = directory.0.join("profile.jsonl.half");
    fs::write(&half, &directory.read()[..40]).unwrap();
    let profile = open(&directory);
    assert!(!half.exists());
    assert_eq!(labels(&profile, None, "auto"), 1);
}

#[tokio::test]
async fn what_could_not_be_written_is_written_later_and_once() {
    let directory = Directory::new("later");
    let profile = open(&directory);
    teach(&profile, None, "auto", "first");
    // Where the half is to be, there is something that cannot be written over.
    let half = directory.0.join("profile.jsonl.half");
    fs::create_dir(&half).unwrap();
    for _ in 0..3 {
        profile.flush().await.unwrap_err();
    }
    teach(&profile, None, "auto", "second");
    profile.flush().await.unwrap_err();
    fs::remove_dir(&half).unwrap();
    profile.flush().await.unwrap();
    profile.flush().await.unwrap();
    assert_eq!(directory.read().lines().count(), 1 + 2);
    assert_eq!(labels(&profile, None, "auto"), 2);
}

#[tokio::test]
async fn what_was_learned_for_one_tenant_is_not_for_all() {
    let directory = Directory::new("sharing");
    let profile = open(&directory);
    teach(&profile, Some("team-a"), "auto", "why?");
    drop(profile);
    let store = FileStore::open(directory.file()).unwrap();
    let shared = Profile::new().sharing(Sharing::Shared).keep(store);
    teach(&shared, Some("team-a"), "auto", "how?");
    assert_eq!(shared.report().streams.len(), 1);
    assert_eq!(labels(&shared, None, "auto"), 1);
    drop(shared);
    // It is there still.
    assert_eq!(labels(&open(&directory), Some("team-a"), "auto"), 1);
}

#[tokio::test]
async fn models_that_are_no_more_are_kept() {
    let directory = Directory::new("gone");
    let profile = open(&directory);
    teach(&profile, None, "auto", "why?");
    drop(profile);
    let text = directory
        .read()
        .replace("\"model\":\"", "\"model\":\"gone-");
    fs::write(directory.file(), &text).unwrap();
    let profile = open(&directory);
    teach(&profile, None, "auto", "how?");
    drop(profile);
    let text = directory.read();
    assert_eq!(text.matches("\"model\":\"gone-").count(), 1);
    assert_eq!(text.lines().count(), 3);
}
