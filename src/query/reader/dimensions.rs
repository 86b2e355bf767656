/// A JPEG's size stands behind what its camera says of it; further than this nobody looks.
const MOST_HEAD: usize = 192 * 1024;

/// Width and height of the image in a `data:` URL, by the image's own header and not by the type that the URL says.
pub(super) fn of_data_url(url: &str) -> Option<(u32, u32)> {
    let data = url.strip_prefix("data:")?;
    let (kind, encoded) = data.split_once(',')?;
    if !kind.ends_with(";base64") {
        return None;
    }
    let encoded = encoded.as_bytes();
    // A few bytes tell all formats but one.
    let head = decode(&encoded[..encoded.len().min(64)])?;
    let size = if head.starts_with(&[0xff, 0xd8]) {
        jpeg(&decode(&encoded[..encoded.len().min(MOST_HEAD)])?)
    } else {
        png(&head).or_else(|| gif(&head)).or_else(|| webp(&head))
    };
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

/// Whole groups of four letters; `None` where one is no letter of base64. What ends in padding is short.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let value = |letter: u8| {
        Some(u32::from(match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        }))
    };
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    for group in encoded.as_chunks::<4>().0 {
        if group.ends_with(b"=") {
            break;
        }
        let mut bits = 0;
        for letter in group {
            bits = bits << 6 | value(*letter)?;
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    Some(bytes)
}

fn png(head: &[u8]) -> Option<(u32, u32)> {
    let body = head.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    if body.get(4..8)? != b"IHDR" {
        return None;
    }
    let side = |at| Some(u32::from_be_bytes(*body.get(at..)?.first_chunk()?));
    Some((side(8)?, side(12)?))
}

fn gif(head: &[u8]) -> Option<(u32, u32)> {
    if !head.starts_with(b"GIF87a") && !head.starts_with(b"GIF89a") {
        return None;
    }
    let side = |at| {
        Some(u32::from(u16::from_le_bytes(
            *head.get(at..)?.first_chunk()?,
        )))
    };
    Some((side(6)?, side(8)?))
}

fn webp(head: &[u8]) -> Option<(u32, u32)> {
    if !head.starts_with(b"RIFF") || head.get(8..12)? != b"WEBP" {
        return None;
    }
    let body = head.get(20..)?;
    match head.get(12..16)? {
        b"VP8X" => {
            let side = |at| {
                let [a, b, c] = *body.get(at..)?.first_chunk()?;
                Some(u32::from_le_bytes([a, b, c, 0]) + 1)
            };
            Some((side(4)?, side(7)?))
        }
        b"VP8L" if body.first() == Some(&0x2f) => {
            let bits = u32::from_le_bytes(*body.get(1..)?.first_chunk()?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " if body.get(3..6)? == [0x9d, 0x01, 0x2a] => {
            let side = |at| {
                let side = u16::from_le_bytes(*body.get(at..)?.first_chunk()?);
                Some(u32::from(side & 0x3fff))
            };
            Some((side(6)?, side(8)?))
        }
        _ => None,
    }
}

/// Goes from marker to marker to the frame's header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Filling.
            0xff => at += 1,
            // Without a length.
            0x01 | 0xd0..=0xd8 => at += 2,
            // The frame: all of these but the tables of codes.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let side = |at| {
                    Some(u32::from(u16::from_be_bytes(
                        *bytes.get(at..)?.first_chunk()?,
                    )))
                };
                return Some((side(at + 7)?, side(at + 5)?));
            }
            // The picture itself, or its end, without a frame before.
            0xd9 | 0xda => return None,
            _ => {
                let length = u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?);
                at += 2 + usize::from(length.max(2));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let mut padded = [0; 3];
            padded[..group.len()].copy_from_slice(group);
            let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
            for place in 0..4 {
                let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place <= group.len() {
                    letter as char
                } else {
                    '='
                });
            }
        }
        text
    }

    fn size(bytes: &[u8]) -> Option<(u32, u32)> {
        let mut bytes = bytes.to_vec();
        bytes.resize(bytes.len().max(60), 0);
        of_data_url(&format!("data:image/x;base64,{}", base64(&bytes)))
    }

    #[test]
    fn each_format_tells_its_size() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\x00\0\0\x02\x00\x08\x02";
        assert_eq!(size(png), Some((1_024, 512)));
        assert_eq!(size(b"GIF89a\x00\x04\x00\x02\xf7"), Some((1_024, 512)));
        let webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x03\x00\xff\x01\x00";
        assert_eq!(size(webp), Some((1_024, 512)));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x00\x04\x00\x02";
        assert_eq!(size(lossy), Some((1_024, 512)));
        let bits: u32 = 1_023 | 511 << 14;
        let mut lossless = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f".to_vec();
        lossless.extend(bits.to_le_bytes());
        assert_eq!(size(&lossless), Some((1_024, 512)));
        // A camera's words first, then filling, tables, and a progressive frame.
        let mut jpeg = b"\xff\xd8\xff\xe1\x10\x02".to_vec();
        jpeg.extend([0xc0; 0x1000]);
        jpeg.extend(b"\xff\xff\xc4\x00\x04\0\0\xff\xc2\x00\x11\x08\x02\x00\x04\x00\x03");
        assert_eq!(size(&jpeg), Some((1_024, 512)));
    }

    #[test]
    fn what_tells_nothing_is_unknown() {
        for url in [
            "https://example.org/x.png",
            "data:image/png,abc",
            "data:image/png;base64,",
            "data:image/png;base64,!!!!",
            "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
        ] {
            assert_eq!(of_data_url(url), None, "{url}");
        }
        assert_eq!(size(b"\xff\xd8\xff\xda\x00\x02"), None);
        assert_eq!(size(b"GIF89a\0\0\0\0"), None, "of no size");
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0usize..4) {
            let heads: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "];
            let _ = size(&[heads[kind], &bytes].concat());
        }
    }
}
