use std::fmt::{self, Write};

use bytes::{BufMut, BytesMut};

/// Writes a JSON string, quotes included.
pub(super) fn string(out: &mut BytesMut, text: &str) {
    out.put_u8(b'"');
    escaped(out, text);
    out.put_u8(b'"');
}

/// Writes what stands between the quotes of a JSON string.
pub(super) fn escaped(out: &mut BytesMut, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => b'u',
            _ => continue,
        };
        out.put_slice(&bytes[from..at]);
        out.put_slice(&[b'\\', short]);
        if short == b'u' {
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.put_slice(b"00");
            out.put_slice(&digits);
        }
        from = at + 1;
    }
    out.put_slice(&bytes[from..]);
}

/// Writes a number.
pub(super) fn number(out: &mut BytesMut, number: u64) {
    struct Digits<'a>(&'a mut BytesMut);
    impl fmt::Write for Digits<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.put_slice(text.as_bytes());
            Ok(())
        }
    }
    // Memory cannot refuse.
    let _ = write!(Digits(out), "{number}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_reads_as_it_was() {
        let all: String = (0..0x180).filter_map(char::from_u32).collect();
        for text in ["", "plain", "\u{1F980}\"\\", all.as_str()] {
            let mut out = BytesMut::new();
            string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
