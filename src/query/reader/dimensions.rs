/// Nearly all images tell their size in so many letters of base64.
const SHORT_HEAD: usize = 4 * 1024;
/// A JPEG's size stands behind what its camera says of it; further than this nobody looks.
const MOST_HEAD: usize = 192 * 1024;

/// Width and height of the image in a `data:` URL, by the image's own header and not by the type that the URL says.
///
/// What is held for an image rests on this, and the bytes are the caller's. So a size counts as known only where every
/// decoder has to come to the same: the header is read up to the picture itself, and where it says something twice,
/// contradicts itself, or has bytes that one decoder skips and another reads, nothing is known, and the image is held
/// at the largest.
pub(super) fn of_data_url(url: &str) -> Option<(u32, u32)> {
    let data = url.strip_prefix("data:")?;
    let (kind, encoded) = data.split_once(',')?;
    if !kind.ends_with(";base64") {
        return None;
    }
    of_base64(encoded)
}

/// The same for a picture in base64 alone.
pub(super) fn of_base64(encoded: &str) -> Option<(u32, u32)> {
    let encoded = encoded.as_bytes();
    if !may_be_picture(&decode(encoded.get(..4)?)?) {
        return None;
    }
    let within = |most: usize| size(&decode(&encoded[..encoded.len().min(most)])?);
    within(SHORT_HEAD).or_else(|| {
        let is_cut = encoded.len() > SHORT_HEAD;
        is_cut.then(|| within(MOST_HEAD)).flatten()
    })
}

/// By the first bytes: other data may be long, and nobody looks for a size in it.
fn may_be_picture(head: &[u8]) -> bool {
    let heads: [&[u8]; 4] = [b"\x89PN", b"\xff\xd8\xff", b"GIF", b"RIF"];
    heads.contains(&head)
}

fn size(head: &[u8]) -> Option<(u32, u32)> {
    let size = png(head)
        .or_else(|| jpeg(head))
        .or_else(|| gif(head))
        .or_else(|| webp(head));
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

/// Whole groups of four letters; `None` where one is no letter of base64, which some decoders skip. What ends in
/// padding is short.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    let value = |letter: u8| {
        Some(u32::from(match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
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

/// Goes from chunk to chunk to the picture: some decoders take the last header before it.
fn png(head: &[u8]) -> Option<(u32, u32)> {
    let mut rest = head.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut size = None;
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?);
        match (rest.get(4..8)?, size) {
            (b"IHDR", None) if length == 13 => {
                let side = |at| Some(u32::from_be_bytes(*rest.get(at..)?.first_chunk()?));
                size = Some((side(8)?, side(12)?));
            }
            (b"IHDR", _) | (_, None) => return None,
            (b"IDAT" | b"IEND", size) => return size,
            _ => {}
        }
        // Its length, its type, itself, and a sum to check it by.
        rest = rest.get(usize::try_from(length).ok()?.checked_add(12)?..)?;
    }
}

/// The screen, where the first picture is within it: decoders take either for the size.
fn gif(head: &[u8]) -> Option<(u32, u32)> {
    if !head.starts_with(b"GIF87a") && !head.starts_with(b"GIF89a") {
        return None;
    }
    let two = |at: usize| {
        Some(u32::from(u16::from_le_bytes(
            *head.get(at..)?.first_chunk()?,
        )))
    };
    let (width, height) = (two(6)?, two(8)?);
    let flags = *head.get(10)?;
    let colors = if flags & 0x80 == 0 {
        0
    } else {
        6 << (flags & 7)
    };
    let mut at = 13 + colors;
    loop {
        match *head.get(at)? {
            0x2c => {
                let right = two(at + 1)? + two(at + 5)?;
                let bottom = two(at + 3)? + two(at + 7)?;
                return (right <= width && bottom <= height).then_some((width, height));
            }
            0x21 => {
                at += 2;
                // Pieces with their length before them, up to one of none.
                loop {
                    let length = usize::from(*head.get(at)?);
                    at += 1 + length;
                    if length == 0 {
                        break;
                    }
                }
            }
            _ => return None,
        }
    }
}

/// Of the extended form the canvas, where the picture fills it; one that moves is of no known size.
fn webp(head: &[u8]) -> Option<(u32, u32)> {
    if !head.starts_with(b"RIFF") || head.get(8..12)? != b"WEBP" {
        return None;
    }
    let mut rest = head.get(12..)?;
    if rest.get(..4)? != b"VP8X" {
        return webp_picture(rest);
    }
    if rest.get(4..8)? != [10, 0, 0, 0] {
        return None;
    }
    let side = |at| {
        let [a, b, c] = *rest.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes([a, b, c, 0]) + 1)
    };
    let canvas = (side(12)?, side(15)?);
    rest = rest.get(18..)?;
    loop {
        match rest.get(..4)? {
            b"VP8 " | b"VP8L" => {
                return webp_picture(rest).filter(|picture| *picture == canvas);
            }
            b"ICCP" | b"ALPH" => {
                let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?);
                let even = usize::try_from(length).ok()?.checked_next_multiple_of(2)?;
                rest = rest.get(even.checked_add(8)?..)?;
            }
            _ => return None,
        }
    }
}

fn webp_picture(chunk: &[u8]) -> Option<(u32, u32)> {
    let body = chunk.get(8..)?;
    match chunk.get(..4)? {
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

/// Goes from marker to marker to the picture, past the frame's header, of which there is one.
///
/// Markers that decoders do not agree on (whether a length follows, whether they are an error) end it, and so does what
/// is no marker.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let two = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    let mut at = 2;
    let mut size = None;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Filling.
            0xff => {
                at += 1;
                continue;
            }
            // The frame.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let sides = (u32::from(two(at + 7)?), u32::from(two(at + 5)?));
                if size.replace(sides).is_some() {
                    return None;
                }
            }
            // Tables, and what cameras and programs say.
            0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => {}
            // The picture itself.
            0xda => return size,
            _ => return None,
        }
        let length = two(at + 2)?;
        if length < 2 {
            return None;
        }
        at += 2 + usize::from(length);
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

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x04\x00\0\0\x02\x00\x08\x02\0\0\0....";
    const IDAT: &[u8] = b"\0\0\0\x01IDAT.....";
    const GIF: &[u8] = b"GIF89a\x00\x04\x00\x02\x80\0\0......\x21\xf9\x04....\0";
    const VP8X: &[u8] =
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x03\x00\xff\x01\x00ICCP\x03\0\0\0....";
    const VP8: &[u8] = b"VP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x00\x04\x00\x02";
    /// A camera's words, filling, and tables.
    const JPEG: &[u8] = b"\xff\xd8\xff\xe1\x00\x06\xff\xc0\x00\x11\xff\xff\xc4\x00\x04\0\0";
    /// Progressive, of one colour.
    const FRAME: &[u8] = b"\xff\xc2\x00\x0b\x08\x02\x00\x04\x00\x01\x01\x11\x00";
    const SCAN: &[u8] = b"\xff\xda\x00\x08";

    fn of(pieces: &[&[u8]]) -> Option<(u32, u32)> {
        size(&pieces.concat())
    }

    #[test]
    fn each_format_tells_its_size() {
        let known = Some((1_024, 512));
        assert_eq!(of(&[PNG, b"\0\0\0\x02gAMA......", IDAT]), known);
        let picture = b"\x2c\x00\x01\x00\x01\x00\x03\x00\x01\0";
        assert_eq!(of(&[GIF, picture]), known);
        let riff = b"RIFF\0\0\0\0WEBP";
        assert_eq!(of(&[riff, VP8]), known);
        assert_eq!(of(&[VP8X, VP8]), known);
        let bits: u32 = 1_023 | 511 << 14;
        let lossless = [b"VP8L\0\0\0\0\x2f".as_slice(), &bits.to_le_bytes()].concat();
        assert_eq!(of(&[riff, &lossless]), known);
        assert_eq!(of(&[VP8X, &lossless]), known);
        assert_eq!(of(&[JPEG, FRAME, SCAN]), known);
        // More of a camera's words than are looked at first.
        let mut words = b"\xff\xe2\xf0\x02".to_vec();
        words.resize(words.len() + 0xf000, 0xc0);
        assert_eq!(of(&[JPEG, &words, FRAME, SCAN]), known);
    }

    #[test]
    fn what_decoders_may_read_otherwise_is_unknown() {
        let header = PNG.split_at(8).1;
        assert_eq!(of(&[PNG, header, IDAT]), None, "two headers");
        assert_eq!(of(&[PNG]), None, "no picture");
        assert_eq!(of(&[&PNG[..8], IDAT, header]), None, "a picture before it");
        let outside = b"\x2c\x00\x01\x00\x01\x01\x03\x00\x01\0";
        assert_eq!(of(&[GIF, outside]), None);
        assert_eq!(of(&[GIF, b"\x00\x2c\0\0\0\0\x01\0\x01\0\0"]), None);
        let larger = b"VP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x00\x08\x00\x02";
        assert_eq!(of(&[VP8X, larger]), None, "not the canvas");
        assert_eq!(of(&[VP8X, b"ANIM\0\0\0\0", VP8]), None);
        assert_eq!(of(&[JPEG, FRAME, FRAME, SCAN]), None, "two frames");
        assert_eq!(of(&[JPEG, FRAME]), None, "no picture");
        for odd in [
            0x00_u8, 0x01, 0x02, 0xc8, 0xcc, 0xd0, 0xd8, 0xdc, 0xde, 0xf0, 0xfd,
        ] {
            assert_eq!(
                of(&[JPEG, &[0xff, odd, 0, 2], FRAME, SCAN]),
                None,
                "{odd:x}"
            );
        }
        assert_eq!(of(&[JPEG, b"\xff\xfe\0\x01", FRAME, SCAN]), None);
        assert_eq!(of(&[JPEG, b".", FRAME, SCAN]), None);
        // Letters that some decoders of base64 take and others skip.
        let bytes = [PNG, IDAT, &[0; 60]].concat();
        let url = format!("data:image/png;base64,{}", base64(&bytes));
        assert_eq!(of_data_url(&url), Some((1_024, 512)));
        for odd in ["-", "_", " ", "\n", "="] {
            let url = format!("{}{odd}{}", &url[..40], &url[40..]);
            assert_eq!(of_data_url(&url), None, "{odd:?}");
        }
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
