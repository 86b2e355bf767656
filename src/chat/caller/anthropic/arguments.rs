use crate::chat::json;

/// What stands before arguments that are no JSON object.
const RAW: &str = "{\"_raw\":\"";

/// Follows the JSON text of a call's arguments as it comes: whether it is an object, and whether that is complete.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arguments {
    state: State,
    depth: u32,
    escaped: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    #[default]
    Empty,
    /// Within the object.
    Inside,
    /// Within a text in the object.
    Text,
    /// The object is closed.
    Closed,
    /// Something else than an object.
    Raw,
}

impl Arguments {
    /// Appends a piece as it is to be given: as it came, or as a piece of a text where it is no object.
    pub(super) fn write(&mut self, piece: &str, out: &mut Vec<u8>) {
        if self.state == State::Empty {
            let Some(first) = piece.bytes().find(|byte| !byte.is_ascii_whitespace()) else {
                return;
            };
            if first != b'{' {
                self.state = State::Raw;
                out.extend_from_slice(RAW.as_bytes());
            }
        }
        if self.state == State::Raw {
            return json::inside(out, piece);
        }
        piece.bytes().for_each(|byte| self.step(byte));
        out.extend_from_slice(piece.as_bytes());
    }

    /// What is still to come after the last piece.
    pub(super) const fn rest(&self) -> &'static str {
        match self.state {
            State::Raw => "\"}",
            _ => "",
        }
    }

    /// Whether they are a whole object, so that nothing more is to come.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Closed
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Empty, b'{') => {
                self.depth = 1;
                State::Inside
            }
            (State::Inside, b'"') => State::Text,
            (State::Inside, b'{' | b'[') => {
                self.depth = self.depth.saturating_add(1);
                State::Inside
            }
            (State::Inside, b'}' | b']') => {
                self.depth = self.depth.saturating_sub(1);
                match self.depth {
                    0 => State::Closed,
                    _ => State::Inside,
                }
            }
            (State::Text, _) if self.escaped => {
                self.escaped = false;
                State::Text
            }
            (State::Text, b'\\') => {
                self.escaped = true;
                State::Text
            }
            (State::Text, b'"') => State::Inside,
            (state, _) => state,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pieces: &[&str]) -> (String, bool) {
        let (mut arguments, mut out) = (Arguments::default(), Vec::new());
        for piece in pieces {
            arguments.write(piece, &mut out);
        }
        let complete = arguments.is_complete();
        out.extend_from_slice(arguments.rest().as_bytes());
        (String::from_utf8(out).unwrap(), complete)
    }

    #[test]
    fn an_object_stays_as_it_is_and_shows_its_end() {
        let cut = ["", " {\"a", "\":\"}\\", "\"\",\"b\":[{", "}]", "}"];
        assert_eq!(
            written(&cut),
            (" {\"a\":\"}\\\"\",\"b\":[{}]}".to_owned(), true)
        );
        assert!(!written(&cut[..5]).1);
        assert_eq!(written(&[]), (String::new(), false));
    }

    #[test]
    fn what_is_no_object_becomes_the_text_of_one() {
        assert_eq!(written(&["nul", "l \"x\""]).0, r#"{"_raw":"null \"x\""}"#);
        assert!(!written(&["[1]"]).1);
    }
}
