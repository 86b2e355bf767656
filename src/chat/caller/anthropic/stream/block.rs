use super::{Events, Open};
use crate::chat::json::{self, Object};

/// Blocks as they are written, one after the other.
impl Events {
    /// Begins a block; the one before it is complete.
    pub(super) fn block(&mut self, open: Open, write: impl FnOnce(&mut Object<'_>)) {
        self.start();
        self.close();
        self.out
            .extend_from_slice(b"event: content_block_start\ndata: ");
        let mut event = Object::begin(&mut self.out);
        event.text("type", "content_block_start");
        event.number("index", self.next);
        let mut block = Object::begin(event.member("content_block"));
        write(&mut block);
        block.end();
        event.end();
        self.out.extend_from_slice(b"\n\n");
        self.open = Some(open);
    }

    /// More of the open block. `write` gets the place behind the kind.
    pub(super) fn more(&mut self, kind: &str, member: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let out = &mut self.out;
        out.extend_from_slice(
            b"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":",
        );
        json::number(out, self.next);
        out.extend_from_slice(b",\"delta\":{\"type\":\"");
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(b"\",\"");
        out.extend_from_slice(member.as_bytes());
        out.extend_from_slice(b"\":");
        write(out);
        out.extend_from_slice(b"}}\n\n");
    }

    /// Completes the open block.
    pub(super) fn close(&mut self) {
        match self.open.take() {
            None => return,
            // Packages send it back with the thinking, empty or not.
            Some(Open::Thinking { signed: false }) => {
                self.more("signature_delta", "signature", |out| json::string(out, ""));
            }
            Some(Open::Call { arguments, .. }) if !arguments.rest().is_empty() => {
                self.more("input_json_delta", "partial_json", |out| {
                    json::string(out, arguments.rest());
                });
            }
            Some(_) => {}
        }
        self.out.extend_from_slice(
            b"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":",
        );
        json::number(&mut self.out, self.next);
        self.out.extend_from_slice(b"}\n\n");
        self.next += 1;
    }
}
