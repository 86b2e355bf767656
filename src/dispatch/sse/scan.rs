use memchr::memchr2;

/// The byte order mark, meaningless at the very start of a stream and an ordinary character elsewhere.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Finds where events end, looking at each byte once and remembering all it needs between chunks.
#[derive(Debug)]
pub(crate) struct Scan {
    /// How much of the byte order mark has been seen; its length once the start of the stream is behind.
    bom: usize,
    /// The last byte was a CR, so an LF that follows is the same line end.
    after_cr: bool,
    /// The line being read has no bytes yet.
    line_is_empty: bool,
    /// The event being read has a line that is not blank.
    has_line: bool,
    /// Bytes of the event being read. See `size`.
    size: usize,
    /// Bytes looked at since the start of the stream, to prove that none is looked at twice.
    #[cfg(test)]
    pub(crate) looked_at: usize,
}

impl Scan {
    pub(crate) fn new() -> Self {
        Self {
            bom: 0,
            after_cr: false,
            line_is_empty: true,
            has_line: false,
            size: 0,
            #[cfg(test)]
            looked_at: 0,
        }
    }

    /// The bytes of the event being read or just ended. The LF of a closing CRLF is not counted, for whether it falls
    /// to this event or to the next depends on the chunks, and the limit must not.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Begins the next event.
    pub(crate) fn begin(&mut self) {
        self.size = 0;
    }

    /// Reads on, up to the end of the event: how many of `bytes` belong to it, or `None` if all do and it goes on.
    pub(crate) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = self.skip_bom(bytes);
        while at < bytes.len() {
            if self.after_cr {
                self.after_cr = false;
                if bytes[at] == b'\n' {
                    // The second half of a line end already counted; of the event before if this one has no byte.
                    at += 1;
                    self.look(1, usize::from(self.size > 0));
                    continue;
                }
            }
            let Some(content) = memchr2(b'\r', b'\n', &bytes[at..]) else {
                self.look(bytes.len() - at, bytes.len() - at);
                self.line_is_empty = false;
                return None;
            };
            self.look(content + 1, content + 1);
            at += content;
            self.after_cr = bytes[at] == b'\r';
            at += 1;
            let blank = self.line_is_empty && content == 0;
            self.line_is_empty = true;
            if !blank {
                self.has_line = true;
            } else if self.has_line {
                self.has_line = false;
                if self.after_cr && bytes.get(at) == Some(&b'\n') {
                    self.after_cr = false;
                    self.look(1, 0);
                    at += 1;
                }
                return Some(at);
            }
        }
        None
    }

    fn skip_bom(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while self.bom < BOM.len() {
            match bytes.get(at) {
                None => break,
                Some(&byte) if byte == BOM[self.bom] => {
                    self.bom += 1;
                    at += 1;
                }
                Some(_) => {
                    // Not a mark after all: what looked like one is content.
                    self.line_is_empty = self.bom == 0;
                    self.bom = BOM.len();
                }
            }
        }
        self.look(at, at);
        at
    }

    fn look(&mut self, bytes: usize, counted: usize) {
        self.size = self.size.saturating_add(counted);
        #[cfg(test)]
        {
            self.looked_at += bytes;
        }
        #[cfg(not(test))]
        let _ = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::Scan;

    /// Where events end, if the input comes in one piece.
    fn ends(input: &[u8]) -> Vec<usize> {
        let mut scan = Scan::new();
        let mut at = 0;
        let mut ends = Vec::new();
        while let Some(length) = scan.advance(&input[at..]) {
            scan.begin();
            at += length;
            ends.push(at);
        }
        ends
    }

    #[test]
    fn any_two_line_ends_close_an_event() {
        assert_eq!(ends(b"a\n\nb\n\n"), [3, 6]);
        assert_eq!(ends(b"a\r\rb\r\r"), [3, 6]);
        assert_eq!(ends(b"a\r\n\r\nb\r\n\r\n"), [5, 10]);
        assert_eq!(ends(b"a\n\rb\r\n\rc\r\r\n"), [3, 7, 11]);
    }

    #[test]
    fn one_line_end_does_not() {
        for input in [&b"a"[..], b"a\n", b"a\r", b"a\r\n", b"a\nb\r\nc\r"] {
            assert_eq!(ends(input), Vec::<usize>::new(), "{input:?}");
        }
    }

    #[test]
    fn blank_lines_before_an_event_belong_to_it() {
        assert_eq!(ends(b"\n\r\n\r\ra\n\n\n\nb\n\n"), [8, 13]);
    }

    #[test]
    fn a_mark_alone_on_the_first_line_leaves_it_blank() {
        assert_eq!(ends(b"\xEF\xBB\xBF\n\na\n\n"), [8]);
        assert_eq!(ends(b"\xEF\xBB\n\na\n\n"), [4, 7]);
        assert_eq!(ends(b"a\n\n\xEF\xBB\xBF\n\n"), [3, 8]);
    }

    #[test]
    fn size_leaves_out_the_lf_that_may_come_later() {
        for chunks in [
            &[&b"a\r\n\r\n"[..]][..],
            &[b"a\r\n\r", b"\n"],
            &[b"a", b"\r", b"\n", b"\r", b"\n"],
        ] {
            let mut scan = Scan::new();
            let ended = chunks.iter().any(|chunk| scan.advance(chunk).is_some());
            assert!(ended);
            assert_eq!(scan.size(), 4, "{chunks:?}");
            scan.begin();
            assert_eq!(scan.advance(b"\n"), None);
            assert!(scan.size() <= 1);
        }
    }
    #[test]
    fn an_lf_is_taken_as_the_half_of_one_cr_only() {
        let mut scan = Scan::new();
        assert_eq!(scan.advance(b"a\r\n\r\n"), Some(5));
        scan.begin();
        assert_eq!((scan.advance(b"\n"), scan.size()), (None, 1));

        let mut scan = Scan::new();
        assert_eq!(scan.advance(b"a\r\n\r"), Some(4));
        scan.begin();
        assert_eq!((scan.advance(b"\n\n"), scan.size()), (None, 1));
    }
}
