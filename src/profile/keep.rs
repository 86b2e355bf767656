use std::sync::{Arc, Weak};

use super::{
    Profile,
    profile::Shared,
    store::{Heard, Keeper, Keeping, Outbox, ProfileStore, StoreError, StreamName},
    track::Weighed,
};

impl Profile {
    /// Keeps what is learned in a store, and learns what it has. Set it last, before the profile is used: other settings
    /// begin anew, without the store. A second store is passed over.
    ///
    /// See [`store`](crate::profile::store).
    #[must_use]
    pub fn keep(self, store: impl ProfileStore + 'static) -> Self {
        let store: Arc<dyn ProfileStore> = Arc::new(store);
        let settings = &self.0.settings;
        let outbox = Arc::new(Outbox::default());
        if self.0.keeper.get().is_some() {
            return self;
        }
        let at_hand = store.at_hand();
        for stream in &at_hand.streams {
            outbox.know(&stream.name, false);
        }
        // Before there is a keeper: what is at hand is not asked for.
        for stream in &at_hand.streams {
            if self.is_whose(&stream.name) {
                self.stream(stream.name.clone());
            }
        }
        self.hear(at_hand);
        let weak: Weak<Shared> = Arc::downgrade(&self.0);
        let clock = settings.clone();
        let keeper = Keeper::start(Keeping {
            store,
            outbox,
            known: Arc::clone(&self.0.known),
            hear: Box::new(move |heard| {
                if let Some(shared) = weak.upgrade() {
                    Self(shared).hear(heard);
                }
            }),
            now: Box::new(move || clock.now()),
            every: settings.save_every,
            half_life: settings.half_life,
        });
        let _ = self.0.keeper.set(keeper);
        self
    }

    /// Has what is new kept now, and learns what others have told the store.
    ///
    /// # Errors
    /// Where the store does not take it; then it is tried again later. Without a store nothing can fail.
    pub async fn flush(&self) -> Result<(), StoreError> {
        match self.0.keeper.get() {
            Some(keeper) => keeper.flush().await,
            None => Ok(()),
        }
    }

    /// Where calls are shared, what was learned for one tenant is not for all.
    fn is_whose(&self, name: &StreamName) -> bool {
        self.whose(name.tenant.as_ref()) == name.tenant
    }

    /// Learns what others have, of streams that are known.
    fn hear(&self, heard: Heard) {
        for stream in heard.streams {
            // One that was forgotten meanwhile is asked for anew, whole.
            let Some(Weighed { track, .. }) = self.0.tracks.get(&stream.name) else {
                continue;
            };
            let labels = stream.labels.iter();
            track.recall(
                labels
                    .filter_map(|label| self.0.known.recall(label))
                    .collect(),
            );
            self.weigh(&track);
        }
        for rows in heard.rows {
            if self.whose(rows.tenant.as_ref()) == rows.tenant {
                for row in rows.rows {
                    self.0.known.kept(rows.tenant.as_ref(), row);
                }
            }
        }
    }
}
