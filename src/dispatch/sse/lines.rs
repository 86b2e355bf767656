use memchr::{memchr, memchr2};
use std::ops::Range;

/// The lines of a block that are not blank, as ranges of it without their line ends.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    block: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The lines from `at` on.
    pub(crate) fn new(block: &'a [u8], at: usize) -> Self {
        Self { block, at }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        // A CRLF is read as two line ends here: the blank line between them does not matter within a block.
        while self.at < self.block.len() {
            let start = self.at;
            let rest = &self.block[start..];
            let end = start + memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            self.at = end + 1;
            if start < end {
                return Some(start..end);
            }
        }
        None
    }
}

/// A line is a field name and a value, after the first colon and one space; a comment has an empty name.
/// Without a colon the whole line is the name.
pub(crate) fn field(block: &[u8], line: Range<usize>) -> (&[u8], Range<usize>) {
    let Some(colon) = memchr(b':', &block[line.clone()]) else {
        return (&block[line.clone()], line.end..line.end);
    };
    let colon = line.start + colon;
    let space = block[..line.end].get(colon + 1) == Some(&b' ');
    (
        &block[line.start..colon],
        colon + 1 + usize::from(space)..line.end,
    )
}

#[cfg(test)]
mod tests {
    use super::{Lines, field};

    #[test]
    fn lines_end_in_cr_lf_or_both() {
        let block = b"\na\rbc\r\n\r\nd";
        let lines: Vec<_> = Lines::new(block, 0).map(|line| &block[line]).collect();
        assert_eq!(lines, [&b"a"[..], b"bc", b"d"]);
    }

    #[test]
    fn a_field_is_split_at_its_first_colon() {
        for (line, name, value) in [
            (&b"data:x"[..], &b"data"[..], &b"x"[..]),
            (b"data: x", b"data", b"x"),
            (b"data:  x ", b"data", b" x "),
            (b"data:\tx", b"data", b"\tx"),
            (b"data:a: b", b"data", b"a: b"),
            (b"data", b"data", b""),
            (b"data:", b"data", b""),
            (b"data: ", b"data", b""),
            (b": hi", b"", b"hi"),
            (b" data: x", b" data", b"x"),
        ] {
            let (found, range) = field(line, 0..line.len());
            assert_eq!((found, &line[range]), (name, value), "{line:?}");
        }
    }

    #[test]
    fn a_space_beyond_the_line_is_not_the_fields() {
        let block = b"data:\n data";
        let (name, value) = field(block, 0..5);
        assert_eq!((name, value), (&b"data"[..], 5..5));
    }
}
