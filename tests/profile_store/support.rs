use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use tower_genai::{
    catalog::{Candidate, Catalog},
    context::Tenant,
    observe::DecisionId,
    profile::{Consultation, Feedback, Profile},
    query::{Prompt, Query},
};

/// A directory of one test, gone with it.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("tower-genai-profile-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("profile.jsonl")
    }

    pub(crate) fn read(&self) -> String {
        read(&self.file())
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

static CANDIDATES: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
    let snapshot = Catalog::builtin().snapshot();
    let all = ["glm-5", "gpt-5.4"].map(|name| {
        let mut models = snapshot.models().iter();
        models.find(|model| model.name() == name).unwrap().clone()
    });
    all.into_iter().map(Candidate::new).collect()
});

/// A call that is decided and answered by one of two.
pub(crate) fn call(profile: &Profile, who: Option<&str>, alias: &str, text: &str) -> DecisionId {
    decide(profile, who, alias, text).0
}

/// The same, and by which.
pub(crate) fn decide(
    profile: &Profile,
    who: Option<&str>,
    alias: &str,
    text: &str,
) -> (DecisionId, usize) {
    let candidates = &*CANDIDATES;
    let query = Query::of_prompt(alias, Prompt::new(text));
    let id = DecisionId::random();
    let tenant = who.map(tenant);
    let mut consultation = Consultation::new(id, alias, &query);
    consultation.tenant = tenant.as_ref();
    let pool: Vec<_> = candidates
        .iter()
        .map(|candidate| (candidate, Some(0.7), 0.01))
        .collect();
    let advised = profile.consult(&consultation, &pool);
    let first = advised.order[0];
    profile.answered(id, &candidates[first]);
    (id, first)
}

/// A call that is scored.
pub(crate) fn teach(profile: &Profile, who: Option<&str>, alias: &str, text: &str) {
    let id = call(profile, who, alias, text);
    let tenant = who.map(tenant);
    let scored = Feedback::new(id, 0.25);
    profile.feedback(tenant.as_ref(), &scored).unwrap();
}

/// How many labels a stream has learned; nought where there is none.
pub(crate) fn labels(profile: &Profile, who: Option<&str>, alias: &str) -> u64 {
    let report = profile.report();
    let mut streams = report.streams.iter();
    let tenant = who.map(tenant);
    let found = streams.find(|one| one.tenant == tenant && &*one.alias == alias);
    found.map_or(0, |stream| stream.labels)
}
