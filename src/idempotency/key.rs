use std::fmt;

use http::{HeaderMap, HeaderName};

use crate::{
    context::Tenant,
    query::{Refusal, RefusalKind},
};

pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key, in bytes.
const LONGEST: usize = 255;

/// One caller's key: a digest of both, so that it takes the same room whatever they are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// The key in a request's head, which is one of this tenant's.
    pub(super) fn of(tenant: Option<&Tenant>, headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut all = headers.get_all(IDEMPOTENCY_KEY).iter();
        let key = match (all.next(), all.next()) {
            (Some(one), None) => one.as_bytes(),
            _ => return Err(unreadable("must be there once")),
        };
        let visible = key.iter().all(u8::is_ascii_graphic);
        if key.is_empty() || key.len() > LONGEST || !visible {
            return Err(unreadable("must be 1 to 255 visible ASCII characters"));
        }
        let mut hasher = blake3::Hasher::new();
        // A key has no zero in it, so that it ends where the tenant's name begins.
        hasher.update(key).update(&[0]);
        if let Some(tenant) = tenant {
            hasher.update(&[1]).update(tenant.as_str().as_bytes());
        }
        Ok(Self(*hasher.finalize().as_bytes()))
    }

    #[cfg(test)]
    pub(super) const fn of_test(n: u8) -> Self {
        Self([n; 32])
    }
}

fn unreadable(what: &'static str) -> Refusal {
    let message = format!("the header Idempotency-Key {what}");
    Refusal::new(RefusalKind::Malformed, message).with_param("Idempotency-Key")
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(tenant: Option<&str>, keys: &[&[u8]]) -> Result<Key, Refusal> {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(key).unwrap());
        }
        let tenant = tenant.map(|name| Tenant::new(name).unwrap());
        Key::of(tenant.as_ref(), &headers)
    }

    #[test]
    fn a_key_is_one_to_255_visible_characters_once() {
        assert!(of(None, &[b"\"8e03978e-40d5-43dd-bc93-6894a57f9324\""]).is_ok());
        assert!(of(None, &[&[b'~'; 255]]).is_ok());
        for bad in [
            &[&b""[..]][..],
            &[b"two words"],
            &[b"\xc3\xa4"],
            &[&[b'a'; 256]],
            &[b"a", b"a"],
            &[],
        ] {
            let refusal = of(None, bad).unwrap_err();
            assert_eq!(refusal.kind(), RefusalKind::Malformed);
            assert_eq!(refusal.param(), Some("Idempotency-Key"));
        }
    }

    #[test]
    fn each_caller_has_keys_of_its_own() {
        let key = |tenant| of(tenant, &[b"k"]).unwrap();
        assert_eq!(key(Some("a")), key(Some("a")));
        assert_ne!(key(Some("a")), key(Some("b")));
        assert_ne!(key(Some("a")), key(None));
        assert_ne!(
            of(Some("a"), &[b"ka"]).unwrap(),
            of(Some("aa"), &[b"k"]).unwrap()
        );
        assert_eq!(format!("{:?}", key(Some("a"))), "Key(..)");
    }
}
