use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{Code, Status};

/// In front of each message: whether it is packed, and its length.
pub(super) const HEAD: usize = 5;

/// Takes messages out of the bytes of a body.
#[derive(Debug)]
pub(super) struct Frames {
    bytes: BytesMut,
    most: usize,
}

impl Frames {
    /// Of messages of so many bytes at most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            bytes: BytesMut::new(),
            most,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, if all of it is here.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, Status> {
        let Some((head, _)) = self.bytes.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let [packed, length @ ..] = *head;
        if packed != 0 {
            let why = "the message is packed in an encoding that is not spoken here";
            return Err(Status::new(Code::Unimplemented, why));
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > self.most {
            let why = format!("a message has more than {} bytes", self.most);
            return Err(Status::new(Code::ResourceExhausted, why));
        }
        if self.bytes.len() - HEAD < length {
            return Ok(None);
        }
        self.bytes.advance(HEAD);
        Ok(Some(self.bytes.split_to(length).freeze()))
    }

    /// Whether a message has begun and is not all here.
    pub(super) fn is_cut(&self) -> bool {
        !self.bytes.is_empty()
    }
}

/// A message as it is sent.
pub(super) fn framed(message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(HEAD + message.len());
    bytes.put_u8(0);
    // Larger ones have been refused before.
    bytes.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    bytes.put_slice(message);
    bytes.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_as_they_went_in_however_the_bytes_are_cut() {
        let messages: Vec<Vec<u8>> = [0, 1, 5, 300].map(|length| vec![7; length]).into();
        let whole: Vec<u8> = messages
            .iter()
            .flat_map(|message| framed(message))
            .collect();
        for size in 1..whole.len() {
            let mut frames = Frames::new(300);
            let mut read = Vec::new();
            for chunk in whole.chunks(size) {
                frames.push(chunk);
                while let Some(message) = frames.next().unwrap() {
                    read.push(message.to_vec());
                }
            }
            assert!(read == messages && !frames.is_cut());
        }
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_here() {
        let mut frames = Frames::new(299);
        frames.push(&framed(&[0; 300])[..HEAD]);
        let status = frames.next().unwrap_err();
        assert_eq!(status.code(), Code::ResourceExhausted);
        let mut frames = Frames::new(10);
        frames.push(&[1, 0, 0, 0, 1, 9]);
        assert_eq!(frames.next().unwrap_err().code(), Code::Unimplemented);
        frames = Frames::new(10);
        frames.push(&[0, 0, 0, 0, 2, 9]);
        assert!(frames.next().unwrap().is_none() && frames.is_cut());
    }
}
