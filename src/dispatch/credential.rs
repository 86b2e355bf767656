use std::{fmt, future::Future, pin::Pin, sync::Arc};

use http::{HeaderValue, header::InvalidHeaderValue};

use crate::{catalog::Provider, context::Tenant, health::KeyId};

/// A provider's key. Shows itself only in the header that it is sent in; `Debug` and `Display` do not.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// From the key's text, spaces and line ends around it taken off.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(key.as_ref().trim().into())
    }

    /// The header value `{scheme} {key}`, marked sensitive.
    ///
    /// # Errors
    /// When the key has bytes that no header may have.
    pub fn header(&self, scheme: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::try_from(format!("{scheme} {}", self.0).trim_start())?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// What tells it from others in this process.
    pub(super) fn id(&self) -> KeyId {
        KeyId::of(self.0.as_bytes())
    }

    /// `text` with the key, wherever it stands, blotted out.
    pub(super) fn scrub(&self, text: Vec<u8>) -> Vec<u8> {
        let needle = self.0.as_bytes();
        if needle.len() < 8 || memchr::memmem::find(&text, needle).is_none() {
            return text;
        }
        let mut scrubbed = Vec::with_capacity(text.len());
        let mut from = 0;
        for at in memchr::memmem::find_iter(&text, needle) {
            scrubbed.extend_from_slice(&text[from..at]);
            scrubbed.extend_from_slice(b"***");
            from = at + needle.len();
        }
        scrubbed.extend_from_slice(&text[from..]);
        scrubbed
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Where keys come from: the environment, a file, a cloud's token service, the tenant's own.
///
/// Closures that answer at once are credentials:
///
/// ```
/// use tower_genai::{catalog::Provider, context::Tenant, dispatch::{Credential, Key, Secret}};
///
/// fn from_vault(key: Secret) -> impl Credential {
///     move |provider: &Provider, _: Option<&Tenant>| match provider.name() {
///         "acme" => Key::Ready(Some(key.clone())),
///         _ => Key::Missing("the vault has no key for this provider".into()),
///     }
/// }
/// # drop(from_vault(Secret::new("k")));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no keys",
    label = "not a `Credential`",
    note = "implement `Credential` for it, or pass a closure with its types written: `|provider: &Provider, tenant: Option<&Tenant>| Key::Ready(..)`"
)]
pub trait Credential: Send + Sync {
    /// The key for a call to `provider`, or to one of its [deployments](Provider::deployments) by the name
    /// `provider/deployment`, on behalf of `tenant`. Asked for every attempt.
    fn key(&self, provider: &Provider, tenant: Option<&Tenant>) -> Key;
}

/// What a [`Credential`] answers.
#[non_exhaustive]
pub enum Key {
    /// This key; `None` where the provider wants none.
    Ready(Option<Secret>),
    /// There should be one and is not; says what to do. The plan's next candidate is asked then.
    Missing(String),
    /// To be waited for. Dropped when the caller leaves.
    Later(KeyFuture),
}

/// A key that has to be waited for; an error says what to do.
pub type KeyFuture = Pin<Box<dyn Future<Output = Result<Option<Secret>, String>> + Send>>;

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(key) => f.debug_tuple("Ready").field(key).finish(),
            Self::Missing(why) => f.debug_tuple("Missing").field(why).finish(),
            Self::Later(_) => f.write_str("Later(..)"),
        }
    }
}

impl<F> Credential for F
where
    F: Fn(&Provider, Option<&Tenant>) -> Key + Send + Sync,
{
    fn key(&self, provider: &Provider, tenant: Option<&Tenant>) -> Key {
        self(provider, tenant)
    }
}

/// Keys from the environment variables that the catalog names in `api_key_env`; a provider that names none gets none.
#[derive(Clone, Copy, Debug, Default)]
pub struct FromEnv;

impl Credential for FromEnv {
    fn key(&self, provider: &Provider, _: Option<&Tenant>) -> Key {
        let Some(name) = provider.api_key_env() else {
            return Key::Ready(None);
        };
        match std::env::var(name) {
            Ok(key) if !key.trim().is_empty() => Key::Ready(Some(Secret::new(key))),
            _ => Key::Missing(format!(
                "no key for provider `{}`: set the environment variable {name}",
                provider.name()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_itself_in_its_header_alone() {
        let secret = Secret::new(" sk-123456789\n");
        let header = secret.header("Bearer").unwrap();
        assert_eq!(header.as_bytes(), b"Bearer sk-123456789");
        assert!(header.is_sensitive());
        assert!(!format!("{secret:?} {header:?}").contains("1234"));
        let scrubbed = secret.scrub(b"bad key sk-123456789, sk-123456789!".to_vec());
        assert_eq!(scrubbed, b"bad key ***, ***!");
    }
}
