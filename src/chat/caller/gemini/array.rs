use crate::query::{Api, Refusal};

/// Puts the events of a stream into one JSON array, which is how a stream of Gemini's comes that was not asked for as
/// events.
#[derive(Clone, Debug, Default)]
pub(crate) struct ArrayFraming {
    begun: bool,
}

impl ArrayFraming {
    /// The next event: its JSON.
    pub(crate) fn element(&mut self, json: &[u8], out: &mut Vec<u8>) {
        self.next(out);
        out.extend_from_slice(json);
    }

    /// What comes before an event's JSON, where that is written into `out` at once.
    pub(super) fn next(&mut self, out: &mut Vec<u8>) {
        let before: &[u8] = match std::mem::replace(&mut self.begun, true) {
            true => b",\n",
            false => b"[",
        };
        out.extend_from_slice(before);
    }

    /// The stream is complete.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.push(b'[');
        }
        out.extend_from_slice(b"\n]");
    }

    /// The stream breaks off: its last element is the error.
    pub(crate) fn fail(&mut self, why: &Refusal, out: &mut Vec<u8>) {
        self.element(&why.event(Api::GeminiStreamArray), out);
        self.end(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::RefusalKind;

    #[test]
    fn elements_make_an_array_whatever_happens() {
        let read = |out: &[u8]| serde_json::from_slice::<Vec<serde_json::Value>>(out).unwrap();
        let (mut array, mut out) = (ArrayFraming::default(), Vec::new());
        array.end(&mut out);
        assert!(read(&out).is_empty());
        let (mut array, mut out) = (ArrayFraming::default(), Vec::new());
        array.element(b"{\"a\":1}", &mut out);
        array.element(b"{\"a\":2}", &mut out);
        array.fail(&Refusal::new(RefusalKind::Upstream, "gone"), &mut out);
        let elements = read(&out);
        assert_eq!(elements.len(), 3);
        assert_eq!(elements[2]["error"]["code"], 502);
    }
}
