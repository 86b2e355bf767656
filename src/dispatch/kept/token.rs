use std::borrow::Cow;

use super::store::Key;

/// What every token begins with: base64 that no vendor's signature begins with, so that a token that goes to a
/// provider by mistake can be told. With it a token is of whole groups of four, which is what strict readers of base64 take:
/// signatures are bytes to Google's Python package.
const MARK: &str = "dGdTdGF0ZTEA";

/// The token under which something is kept, in the place of a signature: base64, as signatures are.
pub(super) fn token(key: &Key) -> String {
    const DIGITS: &[u8; 16] = b"ABCDEFGHIJKLMNOP";
    let mut token = String::with_capacity(MARK.len() + 2 * key.len());
    token.push_str(MARK);
    for byte in key {
        token.push(char::from(DIGITS[usize::from(byte >> 4)]));
        token.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    token
}

/// The key in a token; `None` for anybody else's signature.
pub(super) fn key(signature: &str) -> Option<Key> {
    let digits = signature.strip_prefix(MARK)?.as_bytes();
    let mut key = Key::default();
    if digits.len() != 2 * key.len() || !digits.iter().all(|digit| (b'A'..=b'P').contains(digit)) {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = ((pair[0] - b'A') << 4) | (pair[1] - b'A');
    }
    Some(key)
}

/// Whether a token stands in a request, whose bytes then cannot go to a provider as they are.
pub(in super::super) fn has_any(body: &[u8]) -> bool {
    memchr::memmem::find(body, MARK.as_bytes()).is_some()
}

/// A token as a signature.
pub(super) fn signature(key: &Key) -> Cow<'static, str> {
    token(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_anything_else() {
        let key_in = Key::from([7; 32]);
        let token = token(&key_in);
        assert_eq!(key(&token), Some(key_in));
        assert_eq!(token.len() % 4, 0, "base64 without a rest");
        assert!(has_any(format!("{{\"signature\":\"{token}\"}}").as_bytes()));
        for other in ["", "EqQBCgIYAhIM", MARK, &token[..token.len() - 1]] {
            assert_eq!(key(other), None, "{other}");
        }
        assert!(!has_any(b"{\"signature\":\"EqQBCgIYAhIM\"}"));
    }
}
