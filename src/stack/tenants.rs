use std::{collections::HashMap, fmt, sync::Arc};

use http::{HeaderName, HeaderValue, header::AUTHORIZATION, request::Parts};

use crate::{
    context::Tenant,
    query::{Vendor, api},
    select::Allowed,
};

/// Who is calling, told from a request's head.
///
/// ```
/// use tower_genai::{context::Tenant, stack::Tenants};
///
/// // By a layer of the app's own that has authenticated already:
/// let tenants = Tenants::by(|head: &http::request::Parts| head.extensions.get::<Tenant>().cloned());
/// # drop(tenants);
/// ```
#[derive(Clone)]
pub struct Tenants(Source);

type Find = dyn Fn(&Parts) -> Option<Caller> + Send + Sync;

#[derive(Clone)]
enum Source {
    Single,
    By(Arc<Find>),
}

/// A caller that is known: its tenant, and what it may do.
#[derive(Clone, Debug)]
pub struct Caller {
    tenant: Tenant,
    allowed: Option<Allowed>,
    wishes: bool,
}

impl Caller {
    /// On behalf of a tenant, with all models and no wishes.
    pub const fn new(tenant: Tenant) -> Self {
        Self {
            tenant,
            allowed: None,
            wishes: false,
        }
    }

    /// May use these models only.
    #[must_use]
    pub fn allowed(mut self, allowed: Allowed) -> Self {
        self.allowed = Some(allowed);
        self
    }

    /// May say what it wishes of routing, in headers: `x-genai-quality` (0 to 1, the least share of the best model's
    /// quality), `x-genai-max-cost` (USD for the call), `x-genai-models` (names, with commas between), `x-genai-pace`
    /// (`interactive` or `batch`), `x-genai-explore` (`off`, where chance is not to choose who answers) and
    /// `x-genai-label` (a data label for which there is a rule); or behind an alias's name, as in `auto:fast`.
    #[must_use]
    pub const fn wishes(mut self, may: bool) -> Self {
        self.wishes = may;
        self
    }

    /// The tenant.
    pub const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(super) const fn get_allowed(&self) -> Option<&Allowed> {
        self.allowed.as_ref()
    }

    pub(super) const fn may_wish(&self) -> bool {
        self.wishes
    }
}

impl Tenants {
    /// Everybody is one and the same caller, without a tenant: for a gateway that only trusted callers reach.
    pub const fn single() -> Self {
        Self(Source::Single)
    }

    /// Told by a function; `None` is a stranger, who gets 401.
    pub fn by(source: impl Fn(&Parts) -> Option<Tenant> + Send + Sync + 'static) -> Self {
        Self::callers(move |head: &Parts| source(head).map(Caller::new))
    }

    /// Told by a function that also says what each may do.
    pub fn callers(source: impl Fn(&Parts) -> Option<Caller> + Send + Sync + 'static) -> Self {
        Self(Source::By(Arc::new(source)))
    }

    /// Told by the key that a caller presents as `Authorization: Bearer`, `x-api-key`, `x-goog-api-key`, `api-key`, or,
    /// of a call of Google's, as `key` in the URL's query. Only digests of keys are kept.
    pub fn keys<K: AsRef<[u8]>>(keys: impl IntoIterator<Item = (K, Caller)>) -> Self {
        Self::digests(
            keys.into_iter()
                .map(|(key, caller)| (blake3::hash(key.as_ref()), caller)),
        )
    }

    /// The same by the BLAKE3 digests of keys.
    pub(super) fn digests(digests: impl IntoIterator<Item = (blake3::Hash, Caller)>) -> Self {
        let known: HashMap<[u8; 32], Caller> = digests
            .into_iter()
            .map(|(digest, caller)| (digest.into(), caller))
            .collect();
        Self::callers(move |head: &Parts| {
            presented(head)
                .filter(|key| !key.is_empty())
                .find_map(|key| known.get(blake3::hash(key).as_bytes()).cloned())
        })
    }

    /// Who is calling: `Err` is a stranger, `Ok(None)` the one caller of [`single`](Self::single).
    pub(super) fn caller(&self, head: &Parts) -> Result<Option<Caller>, Stranger> {
        match &self.0 {
            Source::Single => Ok(None),
            Source::By(source) => source(head).map(Some).ok_or(Stranger),
        }
    }
}

pub(super) struct Stranger;

/// The keys in a request's head.
fn presented(head: &Parts) -> impl Iterator<Item = &[u8]> {
    const HEADERS: [HeaderName; 3] = [
        HeaderName::from_static("x-api-key"),
        HeaderName::from_static("x-goog-api-key"),
        HeaderName::from_static("api-key"),
    ];
    let bearer = head.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let bearer = bearer.and_then(|value| {
        let (scheme, key) = value.split_at_checked(7)?;
        scheme
            .eq_ignore_ascii_case(b"bearer ")
            .then(|| key.trim_ascii())
    });
    let others = HEADERS
        .into_iter()
        .filter_map(|name| head.headers.get(name));
    // Google's clients may have it there. Elsewhere a key in an address is one in everybody's logs.
    let googles = api::of(head).vendor() == Vendor::Google;
    let query = head.uri.query().filter(|_| googles).unwrap_or_default();
    let query = query
        .split('&')
        .filter_map(|pair| Some(pair.strip_prefix("key=")?.as_bytes()));
    let others = others.map(HeaderValue::as_bytes);
    bearer.into_iter().chain(others).chain(query)
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Single => "Tenants(single)",
            Source::By(_) => "Tenants(..)",
        })
    }
}
