//! Eight bytes of a text at once.

/// The high bit of each byte; in the masks below it marks a byte.
const MARKS: u64 = each(0x80);

/// Eight bytes, the first in the lowest bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eight(u64);

/// The same byte eight times.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

impl Eight {
    /// The bytes from a place on; zeros behind the text's end.
    #[inline]
    pub(super) fn load(text: &[u8], at: usize) -> Self {
        let eight = text.get(at..at + 8).and_then(<[u8]>::first_chunk);
        Self(match eight {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => Self::rest(text.get(at..).unwrap_or_default()),
        })
    }

    /// What is less than eight bytes.
    #[cold]
    fn rest(rest: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        for (byte, rest) in bytes.iter_mut().zip(rest) {
            *byte = *rest;
        }
        u64::from_le_bytes(bytes)
    }

    /// The first `len` bytes, with zeros for the others.
    #[inline]
    pub(super) fn first(self, len: usize) -> u64 {
        self.0 & mask(len)
    }

    /// With small letters of ASCII for capitals; all else stays.
    #[inline]
    pub(super) fn lower(self) -> Self {
        let seven = self.0 & !MARKS;
        let capitals = between(seven, b'A', b'Z') & !self.0 & MARKS;
        Self(self.0 | (capitals >> 2))
    }

    /// The letters of ASCII that come first.
    #[inline]
    pub(super) fn letters(self) -> Letters {
        let small = self.0 | each(0x20);
        let others = !(between(small & !MARKS, b'a', b'z') & !self.0) & MARKS;
        // What is below the first mark, and so below the byte that it marks.
        let mask = (others.wrapping_sub(1) & !others) >> 7;
        let mask = if others == 0 { u64::MAX } else { mask };
        Letters {
            count: (others.trailing_zeros() / 8) as usize,
            capitals: (self.0 ^ small) & mask != 0,
            lower: Self(small & mask),
        }
    }
}

/// Letters of ASCII.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letters {
    pub(super) count: usize,
    /// Whether any is a capital.
    pub(super) capitals: bool,
    /// All of them, in lower case, with zeros behind.
    pub(super) lower: Eight,
}

/// Marks the bytes from `first` to `last`, where all are below 0x80. Other bits than the marks are noise.
#[inline]
const fn between(bytes: u64, first: u8, last: u8) -> u64 {
    (bytes + each(0x80 - first)) & !(bytes + each(0x7f - last))
}

/// The bits of the first `len` bytes of eight.
#[inline]
pub(super) const fn mask(len: usize) -> u64 {
    const MASKS: [u64; 9] = [
        0,
        0xff,
        0xffff,
        0xff_ffff,
        0xffff_ffff,
        0xff_ffff_ffff,
        0xffff_ffff_ffff,
        0xff_ffff_ffff_ffff,
        u64::MAX,
    ];
    MASKS[if len < 8 { len } else { 8 }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &[u8], at: usize) -> (usize, bool) {
        let letters = Eight::load(text, at).letters();
        (letters.count, letters.capitals)
    }

    #[test]
    fn each_byte_is_what_the_standard_library_says_wherever_it_stands() {
        for at in 0..8 {
            for byte in 0..=u8::MAX {
                let mut bytes = *b"aaaaaaaa";
                bytes[at] = byte;
                let count = if byte.is_ascii_alphabetic() { 8 } else { at };
                let expected = (count, byte.is_ascii_uppercase());
                assert_eq!(letters(&bytes, 0), expected, "{byte} at {at}");
                let eight = Eight::load(&bytes, 0);
                let lower = eight.lower();
                assert_eq!(eight.letters().lower.0, lower.first(count), "{byte}");
                let lower = lower.0.to_le_bytes();
                assert_eq!(lower.as_slice(), bytes.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn a_short_rest_ends_in_zeros() {
        assert_eq!(letters(b"xAb9B", 1), (2, true));
        assert_eq!(letters(b"xab9B", 1), (2, false));
        assert_eq!(letters(b"ab", 7), (0, false));
        let ab = u64::from(b'a') | (u64::from(b'b') << 8);
        assert_eq!(Eight::load(b"abc", 0).first(2), ab);
    }
}
