use prost_reflect::{Kind, MessageDescriptor};

use super::{Code, Status};

/// So many fields and elements a message may have, in all of its depth. Each takes some hundred bytes once it is read, and as
/// few as two before.
const MOST: usize = 200_000;
/// As deep as they are read.
const DEPTH: usize = 100;

/// Refuses a message that would take far more memory than its bytes do. What cannot be read is for the reader to refuse.
pub(super) fn weigh(message: &MessageDescriptor, bytes: &[u8]) -> Result<(), Status> {
    let mut left = MOST;
    match fits(message, bytes, &mut left, DEPTH) {
        Some(()) => Ok(()),
        None => {
            let why = format!("the message has more than {MOST} fields");
            Err(Status::new(Code::ResourceExhausted, why))
        }
    }
}

/// `None` where there is more than is left.
fn fits(
    message: &MessageDescriptor,
    mut bytes: &[u8],
    left: &mut usize,
    depth: usize,
) -> Option<()> {
    while let Some(tag) = varint(&mut bytes) {
        *left = left.checked_sub(1)?;
        let number = u32::try_from(tag >> 3).unwrap_or(u32::MAX);
        let size = match tag & 7 {
            0 => {
                varint(&mut bytes);
                continue;
            }
            1 => 8,
            2 => varint(&mut bytes).unwrap_or(u64::MAX),
            5 => 4,
            // Groups: what is in them follows.
            _ => continue,
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let Some((inside, rest)) = bytes.split_at_checked(size) else {
            return Some(());
        };
        bytes = rest;
        let field = message.get_field(number).filter(|_| tag & 7 == 2);
        match field.map(|field| (field.is_list(), field.kind())) {
            Some((_, Kind::Message(nested))) if depth > 0 => {
                fits(&nested, inside, left, depth - 1)?;
            }
            Some((_, Kind::String | Kind::Bytes)) | None => {}
            // Numbers in a row: as many as there are bytes, at most.
            Some((true, _)) => *left = left.checked_sub(inside.len())?,
            Some(_) => {}
        }
    }
    Some(())
}

/// Takes a number off the front; `None` where there is none.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * u32::try_from(at).ok()?)?;
        if byte & 0x80 == 0 {
            *bytes = bytes.get(at + 1..)?;
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::grpc::Method;

    fn refused(message: Vec<u8>) -> Option<Code> {
        let path = "/google.ai.generativelanguage.v1beta.GenerativeService/GenerateContent";
        let method = Method::of_path(path).unwrap().unwrap();
        let read = method.request_to_json(Bytes::from(message));
        read.err().map(|status| status.code())
    }

    /// A field of bytes.
    fn field(number: u8, inside: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        let mut length = inside.len();
        while length > 127 {
            bytes.push(length as u8 & 127 | 128);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend_from_slice(inside);
        bytes
    }

    #[test]
    fn a_message_of_a_million_empty_things_is_refused_unread() {
        let model = field(1, b"models/m");
        let with = |more: &[u8]| [&model, more].concat();
        assert_eq!(
            refused(with(&field(2, &field(1, &field(2, b"Why?"))))),
            None
        );
        let too_many = Some(Code::ResourceExhausted);
        // Contents, parts of one content.
        assert_eq!(refused(with(&[0x12, 0].repeat(1_000_000))), too_many);
        let parts = field(2, &[0x0a, 0].repeat(1_000_000));
        assert_eq!(refused(with(&parts)), too_many);
        // Of a number that is no field's.
        assert_eq!(refused(with(&[0xf8, 7, 1].repeat(1_000_000))), too_many);
        // Modalities, of a configuration.
        let numbers = [&[0xa2, 1], &field(0, &[1; 1_000_000])[1..]].concat();
        assert_eq!(refused(with(&field(4, &numbers))), too_many);
        // A long text is one thing.
        let long = field(2, &field(1, &field(2, "w".repeat(5_000_000).as_bytes())));
        assert_eq!(refused(with(&long)), None);
        // What breaks off is not this one's to tell.
        for wrong in [&[0x12_u8, 0xff][..], &[0x80; 20], &[0x0b, 0x0c]] {
            let code = refused(with(wrong));
            assert!(code.is_some() && code != too_many, "{wrong:?}: {code:?}");
        }
    }
}
