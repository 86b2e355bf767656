use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::ledger;
use crate::{
    catalog::Reader,
    profile::{
        Profile, Sharing,
        store::{FileStore, StoreError},
    },
};

const KEYS: [&str; 12] = [
    "enabled",
    "sharing",
    "path",
    "url",
    "url_env",
    "name",
    "save_every",
    "explore",
    "signals",
    "labels_per_minute",
    "most_pending",
    "half_life",
];

/// What `[learning]` says.
#[derive(Clone, Debug)]
pub(super) struct Learning {
    sharing: Option<Sharing>,
    kept: Kept,
    save_every: Option<Duration>,
    explore: Option<bool>,
    signals: Option<bool>,
    labels_per_minute: Option<u32>,
    most_pending: Option<usize>,
    half_life: Option<Duration>,
}

/// Where what is learned is kept.
#[derive(Clone)]
enum Kept {
    Nowhere,
    File(PathBuf),
    /// At this address, which may have a password in it, under this name.
    #[cfg_attr(
        not(feature = "redis"),
        allow(dead_code, reason = "such a build has refused the file")
    )]
    Redis(Arc<str>, Option<Arc<str>>),
}

pub(super) fn read(top: &Reader<'_>, beside: &Path) -> Option<Learning> {
    let section = top.section("learning")?;
    if section.has("confidence") {
        let what = "is said for each alias: write it in its `[[alias]]`";
        section.wrong("confidence", what);
    } else {
        section.keys(&KEYS);
    }
    let sharing = [("tenant", Sharing::PerTenant), ("shared", Sharing::Shared)];
    let learning = Learning {
        sharing: section.word("sharing", &sharing),
        kept: kept(&section, beside),
        save_every: above_zero(&section, "save_every"),
        explore: section.flag("explore"),
        signals: section.flag("signals"),
        labels_per_minute: at_least_one(&section, "labels_per_minute")
            .map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
        most_pending: at_least_one(&section, "most_pending")
            .map(|most| usize::try_from(most).unwrap_or(usize::MAX)),
        half_life: above_zero(&section, "half_life"),
    };
    section.flag("enabled").unwrap_or(true).then_some(learning)
}

fn kept(section: &Reader<'_>, beside: &Path) -> Kept {
    let redis = ["url", "url_env"].into_iter().find(|key| section.has(key));
    if let (Some(key), true) = (redis, section.has("path")) {
        section.wrong(key, "stands beside `path`; leave one out");
    }
    if section.has("name") && redis.is_none() {
        section.wrong("name", "goes with `url` or `url_env` only");
    }
    if section.has("save_every") && redis.is_none() && !section.has("path") {
        let what = "has no effect without `path` or `url`: nothing is kept";
        section.strange("save_every", what);
    }
    let Some(key) = redis else {
        let path = section.text("path");
        return path.map_or(Kept::Nowhere, |path| Kept::File(beside.join(path)));
    };
    if cfg!(not(feature = "redis")) {
        section.wrong(key, "needs the feature `redis` of this build");
    }
    let name = section.text("name").map(Arc::from);
    let url = ledger::address(section);
    url.map_or(Kept::Nowhere, |url| Kept::Redis(url.into(), name))
}

fn above_zero(section: &Reader<'_>, key: &str) -> Option<Duration> {
    let found = section.duration(key);
    if found == Some(Duration::ZERO) {
        section.wrong(key, "must be above zero");
    }
    found
}

fn at_least_one(section: &Reader<'_>, key: &str) -> Option<u64> {
    let found = section.whole(key);
    if found == Some(0) {
        section.wrong(key, "must be at least 1");
    }
    found
}

impl Learning {
    /// A profile that forgets when the process ends.
    pub(super) fn profile(&self) -> Profile {
        let mut profile = Profile::new();
        if let Some(sharing) = self.sharing {
            profile = profile.sharing(sharing);
        }
        if let Some(every) = self.save_every {
            profile = profile.save_every(every);
        }
        if let Some(explore) = self.explore {
            profile = profile.explores(explore);
        }
        if let Some(signals) = self.signals {
            profile = profile.signals(signals);
        }
        if let Some(most) = self.labels_per_minute {
            profile = profile.labels_per_minute(most);
        }
        if let Some(most) = self.most_pending {
            profile = profile.most_pending(most);
        }
        if let Some(half_life) = self.half_life {
            profile = profile.half_life(half_life);
        }
        profile
    }

    /// One that keeps what it learns.
    pub(super) fn open(&self) -> Result<Profile, StoreError> {
        let profile = self.profile();
        Ok(match &self.kept {
            Kept::Nowhere => profile,
            Kept::File(path) => profile.keep(FileStore::open(path)?),
            #[cfg(feature = "redis")]
            Kept::Redis(url, name) => {
                let store = crate::profile::store::RedisStore::new(url)?;
                profile.keep(match name {
                    Some(name) => store.name(&**name),
                    None => store,
                })
            }
            #[cfg(not(feature = "redis"))]
            Kept::Redis(..) => profile,
        })
    }

    /// Whether the file makes sense.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match &self.kept {
            Kept::File(path) => FileStore::check(path),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("Nowhere"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Redis(..) => f.write_str("Redis(..)"),
        }
    }
}
