use crate::classify::heuristics::index::LONGEST;

/// Room for the longest term and for one more character, whatever its lower case is.
const ROOM: usize = 64;

/// A word in lower case, cut where it is longer than any term.
#[derive(Debug)]
pub(super) struct Lower {
    bytes: [u8; ROOM],
    len: usize,
}

impl Lower {
    /// With what has been read of the word, which is ASCII.
    pub(super) fn new(read: &[u8]) -> Self {
        let mut bytes = [0; ROOM];
        let len = read.len().min(LONGEST + 1);
        bytes[..len].copy_from_slice(&read[..len]);
        Self { bytes, len }
    }

    /// Appends a byte of ASCII.
    pub(super) fn push(&mut self, byte: u8) {
        if self.len <= LONGEST {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Appends a character that UTF-8 writes in two bytes, and that is in lower case.
    pub(super) fn push_two(&mut self, code: u16) {
        if self.len <= LONGEST {
            self.bytes[self.len] = 0xc0 | (code >> 6) as u8;
            self.bytes[self.len + 1] = 0x80 | (code & 0x3f) as u8;
            self.len += 2;
        }
    }

    /// Appends any character in lower case.
    pub(super) fn push_char(&mut self, c: char) {
        if self.len > LONGEST {
            return;
        }
        for c in c.to_lowercase() {
            if let Some(room) = self.bytes.get_mut(self.len..self.len + c.len_utf8()) {
                self.len += c.encode_utf8(room).len();
            }
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.min(ROOM)]
    }
}
