//! Base64 as JSON has it for bytes.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes with padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i > chunk.len() {
                text.push('=');
                continue;
            }
            let index = (bits >> (18 - 6 * i)) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

/// Whether this is base64 of either alphabet, with padding or without.
pub(crate) fn is_valid(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"+/-_".contains(&b);
    text.len() - body.len() <= 2 && body.len() % 4 != 1 && body.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_the_standard_says() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in cases {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert!(is_valid(coded));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        for bad in ["a", "ab c", "Zg===", "é"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
