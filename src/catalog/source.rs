use std::{fmt, path::PathBuf, sync::Arc};

/// Where a catalog, or a layer of one, is read from.
#[derive(Clone)]
pub struct Source {
    pub(super) place: Place,
    pub(super) allowed: Vec<Box<str>>,
}

#[derive(Clone)]
pub(super) enum Place {
    Builtin,
    File(PathBuf),
    Text { name: Arc<str>, text: Arc<str> },
}

impl Source {
    const fn new(place: Place) -> Self {
        Self {
            place,
            allowed: Vec::new(),
        }
    }

    /// The models that this crate knows.
    pub const fn builtin() -> Self {
        Self::new(Place::Builtin)
    }

    /// A file, read anew at each reload.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::File(path.into()))
    }

    /// A text, under a name for messages.
    pub fn text(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self::new(Place::Text {
            name: name.into(),
            text: text.into(),
        })
    }

    /// Keys at the top of the file that are somebody else's to read, such as a gateway's `listen`. All others but
    /// the catalog's own are errors.
    #[must_use]
    pub fn allow<T: Into<Box<str>>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.allowed.extend(keys.into_iter().map(Into::into));
        self
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A text may hold anything, a gateway's keys included.
        match &self.place {
            Place::Builtin => f.write_str("Source(builtin)"),
            Place::File(path) => write!(f, "Source({path:?})"),
            Place::Text { name, .. } => write!(f, "Source(text {name:?})"),
        }
    }
}
