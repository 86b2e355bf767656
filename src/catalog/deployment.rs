use std::fmt;

/// One of several places at which a provider serves the same models at the same price: a region, an account, a key.
///
/// What it does not say is as the provider says it.
#[derive(Clone)]
pub struct Deployment {
    pub(super) name: Box<str>,
    pub(super) base_url: Option<Box<str>>,
    pub(super) api_key_env: Option<Box<str>>,
    pub(super) headers: Vec<(Box<str>, Box<str>)>,
    pub(super) query: Option<Box<str>>,
}

impl Deployment {
    /// With a name that no other of the provider's has.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            base_url: None,
            api_key_env: None,
            headers: Vec::new(),
            query: None,
        }
    }

    /// Its address.
    #[must_use]
    pub fn base_url(mut self, address: impl Into<Box<str>>) -> Self {
        self.base_url = Some(address.into());
        self
    }

    /// The environment variable that holds its key.
    #[must_use]
    pub fn api_key_env(mut self, variable: impl Into<Box<str>>) -> Self {
        self.api_key_env = Some(variable.into());
        self
    }

    /// A header to add to every request, besides the provider's.
    #[must_use]
    pub fn header(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What every call has behind its path.
    #[must_use]
    pub fn query(mut self, query: impl Into<Box<str>>) -> Self {
        self.query = Some(query.into());
        self
    }
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address and the headers are not checked yet and may hold anything.
        f.debug_struct("Deployment")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
