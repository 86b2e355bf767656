//! What bytes and characters are to the reader of words.

use std::sync::LazyLock;

/// Spaces that divide words and end nothing: the space, the tabulator, the carriage return. One, so that it counts
/// them.
pub(super) const SPACE: u8 = 0x01;
/// Letters, digits and the underscore.
pub(super) const WORD: u8 = 0x02;
pub(super) const DIGIT: u8 = 0x04;
pub(super) const UNDERSCORE: u8 = 0x08;
/// Part of a character beyond ASCII.
pub(super) const WIDE: u8 = 0x10;
/// The bit by which capital letters differ from small ones, so that `byte | class & UPPER` is the small letter.
pub(super) const UPPER: u8 = 0x20;
/// May be part of a word that has begun.
pub(super) const JOINT: u8 = 0x40;

/// The classes of each byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        classes[at] = match at as u8 {
            b' ' | b'\t' | b'\r' => SPACE,
            b'a'..=b'z' => WORD,
            b'A'..=b'Z' => WORD | UPPER,
            b'0'..=b'9' => WORD | DIGIT,
            b'_' => WORD | UNDERSCORE,
            b'\'' | b'-' | b'+' | b'#' => JOINT,
            0x80.. => WIDE,
            _ => 0,
        };
        at += 1;
    }
    classes
}

/// The classes of a byte.
pub(super) fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

/// Whether the character at a place of the text is a letter or a number.
pub(super) fn letter_at(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => false,
        Some(byte) if byte.is_ascii() => class(*byte) & (WORD | UNDERSCORE) == WORD,
        Some(_) => is_letter(char_at(text, at)),
    }
}

/// The character at a place of the text.
pub(in crate::classify) fn char_at(text: &str, at: usize) -> char {
    let rest = text.get(at..).unwrap_or_default();
    rest.chars().next().unwrap_or('\0')
}

/// Whether words of the character's script are written without spaces between them, so that terms are looked up at
/// every character: Chinese and Japanese.
#[inline]
pub(in crate::classify) fn unspaced(c: char) -> bool {
    // Most are of the first range below.
    c >= '\u{3040}'
        && matches!(c,
            '\u{4e00}'..='\u{9fff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{2fa1f}')
}

/// Whether a character is a letter or a number; common signs are told without the tables of Unicode.
pub(in crate::classify) fn is_letter(c: char) -> bool {
    !is_common_sign(c) && c.is_alphanumeric()
}

/// Dashes, quotation marks and dots, and the signs of Chinese and Japanese.
const fn is_common_sign(c: char) -> bool {
    matches!(c,
        '\u{2010}'..='\u{2027}' | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}')
}

/// The letters and numbers that UTF-8 writes in two bytes: Latin with accents, Greek, Cyrillic and others.
pub(super) static TWO_BYTES: LazyLock<TwoBytes> = LazyLock::new(TwoBytes::new);

#[derive(Debug)]
pub(super) struct TwoBytes([u16; 0x800]);

/// What a character of two bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TwoByte {
    /// Neither a letter nor a number.
    Sign,
    /// A letter or number, and its lower case, again of two bytes.
    Letter(u16),
    /// A letter whose lower case is longer.
    Longer,
}

impl TwoBytes {
    const LONGER: u16 = 1;

    fn new() -> Self {
        let mut lower = [0; 0x800];
        for (c, lower) in ('\0'..='\u{7ff}').zip(&mut lower) {
            if !c.is_ascii() && c.is_alphanumeric() {
                let mut small = c.to_lowercase();
                *lower = match (small.next(), small.next()) {
                    (Some(small @ '\u{80}'..='\u{7ff}'), None) => small as u16,
                    _ => Self::LONGER,
                };
            }
        }
        Self(lower)
    }

    /// What the two bytes stand for.
    pub(super) fn get(&self, first: u8, second: u8) -> TwoByte {
        let code = (u16::from(first & 0x1f) << 6) | u16::from(second & 0x3f);
        match self.0[usize::from(code)] {
            0 => TwoByte::Sign,
            Self::LONGER => TwoByte::Longer,
            lower => TwoByte::Letter(lower),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_agree_with_the_standard_library() {
        for byte in 0..=u8::MAX {
            let class = class(byte);
            assert_eq!(
                class & WORD != 0,
                byte.is_ascii_alphanumeric() || byte == b'_'
            );
            assert_eq!(class & DIGIT != 0, byte.is_ascii_digit());
            assert_eq!(class & WIDE == 0, byte.is_ascii());
            assert_eq!(byte | class & UPPER, byte.to_ascii_lowercase());
        }
    }

    #[test]
    fn common_signs_are_no_letters() {
        let signs = ('\0'..=char::MAX).filter(|c| is_common_sign(*c));
        assert!(signs.clone().all(|c| !c.is_alphanumeric() && !unspaced(c)));
        assert_eq!(signs.count(), 60);
    }

    #[test]
    fn two_bytes_agree_with_the_standard_library() {
        for c in '\u{80}'..='\u{7ff}' {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes);
            let lower: String = c.to_lowercase().collect();
            match TWO_BYTES.get(bytes[0], bytes[1]) {
                TwoByte::Sign => assert!(!c.is_alphanumeric()),
                TwoByte::Letter(small) => {
                    let small = char::from_u32(small.into()).unwrap();
                    assert_eq!(lower, small.to_string());
                }
                TwoByte::Longer => assert!(c.is_alphanumeric() && lower.len() != 2),
            }
        }
    }
}
