use std::ops::Range;

use memchr::memchr2;

use super::members::{Kind, Members};

/// Deeper bodies are not keyed. [`Query::read`](crate::query::Query::read) refuses them before.
const DEEPEST: usize = 132;
/// A container whose form is longer is represented by its digest, so that nothing is copied again at every depth.
const INLINE: usize = 4_096;
/// A longer string is hashed where it lies.
const COPIED: usize = 2_048;

/// Marks what follows in the canonical form; every form tells by its first byte how it ends.
mod tag {
    pub(super) const STRING: u8 = b's';
    pub(super) const LONG_STRING: u8 = b'S';
    pub(super) const NUMBER: u8 = b'n';
    pub(super) const TRUE: u8 = b't';
    pub(super) const FALSE: u8 = b'f';
    pub(super) const NULL: u8 = b'0';
    pub(super) const ARRAY: u8 = b'a';
    pub(super) const OBJECT: u8 = b'o';
    /// An object that keeps its order, since a key is written with an escape and may be another one's double.
    pub(super) const ORDERED: u8 = b'p';
    pub(super) const END: u8 = b'e';
    pub(super) const DIGEST: u8 = b'D';
}

/// Appends the canonical form of a request's JSON to `out`, and says what was seen on the way.
///
/// Two bodies have the same form only if they are the same JSON but for white space, the order of members, and the
/// top-level members of which `leave_out` holds. Numbers and strings count by their text: what is written otherwise is
/// another form, which costs a miss. `None` for what cannot be keyed: no object, or nested too deep.
///
/// Time is linear in the body but for sorting the keys of each object. The body is taken to be valid JSON; whatever it
/// is, nothing panics.
pub(super) fn write<'a>(
    body: &'a [u8],
    leave_out: impl Fn(&[u8]) -> bool,
    out: &mut Vec<u8>,
) -> Option<Members<'a>> {
    let mut scan = Scan {
        body,
        at: 0,
        out,
        spans: Vec::new(),
        spare: Vec::new(),
        members: Members::default(),
        zone: Kind::Other,
    };
    scan.space();
    scan.top(&leave_out)?;
    scan.space();
    (scan.at == body.len()).then_some(scan.members)
}

struct Scan<'a, 'o> {
    body: &'a [u8],
    at: usize,
    out: &'o mut Vec<u8>,
    /// The members of the objects that are open, innermost last.
    spans: Vec<Span>,
    /// Where an object is put in order.
    spare: Vec<u8>,
    members: Members<'a>,
    /// The top-level member that is being read.
    zone: Kind,
}

/// A member in `out`: the whole of it, and the text of its key.
#[derive(Clone)]
struct Span {
    whole: Range<usize>,
    key: Range<usize>,
}

impl<'a> Scan<'a, '_> {
    fn top(&mut self, leave_out: &impl Fn(&[u8]) -> bool) -> Option<()> {
        self.take(b'{')?;
        let start = self.out.len();
        let first = self.spans.len();
        self.out.push(tag::OBJECT);
        self.space();
        if self.take(b'}').is_none() {
            loop {
                let from = self.out.len();
                let (key, escaped) = self.text()?;
                // A name in disguise could be any of those that decide.
                if escaped {
                    return None;
                }
                let key_at = self.string(key);
                self.colon()?;
                self.zone = Kind::of(key);
                let value = self.at;
                self.value(1)?;
                self.members.found(self.zone, &self.body[value..self.at]);
                if leave_out(key) {
                    self.out.truncate(from);
                } else {
                    self.spans.push(Span {
                        whole: from..self.out.len(),
                        key: key_at,
                    });
                }
                if !self.more(b'}')? {
                    break;
                }
            }
        }
        self.order(start + 1, first);
        self.out.push(tag::END);
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match *self.body.get(self.at)? {
            b'"' => {
                let (text, _) = self.text()?;
                self.string(text);
            }
            b'{' => self.object(depth)?,
            b'[' => self.array(depth)?,
            b't' => self.word(b"true", tag::TRUE)?,
            b'f' => self.word(b"false", tag::FALSE)?,
            b'n' => self.word(b"null", tag::NULL)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return None,
        }
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.take(b'{')?;
        let start = self.out.len();
        let first = self.spans.len();
        self.out.push(tag::OBJECT);
        let mut disguised = false;
        self.space();
        if self.take(b'}').is_none() {
            loop {
                let from = self.out.len();
                let (key, escaped) = self.text()?;
                disguised |= escaped;
                let key_at = self.string(key);
                self.colon()?;
                let value = self.at;
                self.value(depth + 1)?;
                self.members
                    .inner(self.zone, depth, key, &self.body[value..self.at]);
                self.spans.push(Span {
                    whole: from..self.out.len(),
                    key: key_at,
                });
                if !self.more(b'}')? {
                    break;
                }
            }
        }
        if disguised {
            self.members.disguised(self.zone, depth);
            self.out[start] = tag::ORDERED;
            self.spans.truncate(first);
        } else {
            self.order(start + 1, first);
        }
        self.close(start);
        Some(())
    }

    fn array(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        let start = self.out.len();
        self.out.push(tag::ARRAY);
        self.space();
        if self.take(b']').is_none() {
            loop {
                self.value(depth + 1)?;
                if !self.more(b']')? {
                    break;
                }
            }
        }
        self.close(start);
        Some(())
    }

    /// Ends the container that begins at `start`, and puts its digest there if it is long.
    fn close(&mut self, start: usize) {
        self.out.push(tag::END);
        if self.out.len() - start > INLINE {
            let digest = blake3::hash(&self.out[start..]);
            self.out.truncate(start);
            self.out.push(tag::DIGEST);
            self.out.extend_from_slice(digest.as_bytes());
        }
    }

    /// Sorts the members from `first` on, which lie in `out` from `start` on, by the text of their keys. Doubles keep
    /// their order, for a reader may take the first or the last.
    fn order(&mut self, start: usize, first: usize) {
        let out = &mut *self.out;
        let key = |span: &Span| span.key.clone();
        let spans = &mut self.spans[first..];
        if !spans.is_sorted_by(|a, b| out[key(a)] <= out[key(b)]) {
            spans.sort_by(|a, b| out[key(a)].cmp(&out[key(b)]));
            self.spare.clear();
            for span in &*spans {
                self.spare.extend_from_slice(&out[span.whole.clone()]);
            }
            out.truncate(start);
            out.extend_from_slice(&self.spare);
        }
        self.spans.truncate(first);
    }

    /// The text between the quotes that begin here, and whether there is an escape in it.
    fn text(&mut self) -> Option<(&'a [u8], bool)> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            let rest = self.body.get(self.at..)?;
            let next = self.at + memchr2(b'"', b'\\', rest)?;
            if self.body[next] == b'"' {
                self.at = next + 1;
                return Some((&self.body[start..next], escaped));
            }
            escaped = true;
            self.at = next + 2;
        }
    }

    /// Writes a string; says where its text lies in `out`, if that was copied.
    fn string(&mut self, text: &[u8]) -> Range<usize> {
        if text.len() > COPIED {
            self.out.push(tag::LONG_STRING);
            let start = self.out.len();
            self.out.extend_from_slice(blake3::hash(text).as_bytes());
            return start..self.out.len();
        }
        self.sized(tag::STRING, text)
    }

    /// A tag, the length, the text. All that is written so is at most [`COPIED`] long.
    fn sized(&mut self, tag: u8, text: &[u8]) -> Range<usize> {
        self.out.push(tag);
        self.out
            .extend_from_slice(&(text.len() as u64).to_le_bytes()[..4]);
        let start = self.out.len();
        self.out.extend_from_slice(text);
        start..self.out.len()
    }

    /// `None` for more digits than any number needs.
    fn number(&mut self) -> Option<()> {
        let rest = &self.body[self.at..];
        let part = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.iter().position(|b| !part(b)).unwrap_or(rest.len());
        self.at += length;
        (length <= COPIED).then(|| self.sized(tag::NUMBER, &rest[..length]))?;
        Some(())
    }

    fn word(&mut self, word: &[u8], tag: u8) -> Option<()> {
        self.body[self.at..].starts_with(word).then_some(())?;
        self.at += word.len();
        self.out.push(tag);
        Some(())
    }

    fn colon(&mut self) -> Option<()> {
        self.space();
        self.take(b':')?;
        self.space();
        Some(())
    }

    /// After an element: whether another follows; `None` where neither a comma nor `end` does.
    fn more(&mut self, end: u8) -> Option<bool> {
        self.space();
        let more = self.take(b',').is_some();
        if !more {
            self.take(end)?;
        }
        self.space();
        Some(more)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.body.get(self.at) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (*self.body.get(self.at)? == byte).then(|| self.at += 1)
    }
}

#[cfg(test)]
mod tests;
