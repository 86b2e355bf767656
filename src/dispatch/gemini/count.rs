use serde::Deserialize;

use super::{failure, wire};
use crate::{
    catalog::Usage,
    chat::{Delta, Sink},
    dispatch::{Answer, Reported, Seen, Step, Unreadable},
};

/// No prompt has a trillion tokens.
const MOST: u64 = 1 << 40;

/// Reads an answer of countTokens.
#[derive(Debug, Default)]
pub(super) struct CountAnswer {
    seen: Seen,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    total_tokens: u64,
}

impl Answer for CountAnswer {
    fn event(&mut self, _: &[u8], _: &mut dyn Sink) -> Step {
        // A count is no stream.
        Step::Garbage
    }

    fn whole(&mut self, body: &[u8], out: &mut dyn Sink) -> Result<(), Unreadable> {
        let responses = wire::read(body)?;
        if let Some(error) = responses.iter().find_map(|response| response.error) {
            let problem = failure::problem(error);
            self.seen.error = Some(failure::code(&problem));
            self.seen.failure = problem.class;
            self.seen.retry_after = problem.retry_after;
            out.take(Delta::Failed(problem));
            return Ok(());
        }
        let counted: Counted = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        if counted.total_tokens >= MOST {
            return Err(Unreadable);
        }
        let usage = Usage::text(counted.total_tokens, 0);
        out.take(Delta::Usage(usage.clone()));
        self.seen.usage = Reported::Usage(usage);
        (self.seen.finished, self.seen.done) = (true, true);
        Ok(())
    }

    fn seen(&self) -> &Seen {
        &self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_the_prompt_s() {
        let mut answer = CountAnswer::default();
        let mut told = Vec::new();
        let body =
            br#"{"totalTokens":12,"promptTokensDetails":[{"modality":"TEXT","tokenCount":12}]}"#;
        let mut sink = |delta: Delta<'_>| told.push(format!("{delta:?}"));
        answer.whole(body, &mut sink).unwrap();
        assert_eq!(answer.seen().usage, Reported::Usage(Usage::text(12, 0)));
        assert!(told[0].starts_with("Usage("), "{told:?}");
        let mut answer = CountAnswer::default();
        assert_eq!(answer.whole(b"{}", &mut ()), Err(Unreadable));
        assert_eq!(
            answer.whole(br#"{"totalTokens":-1}"#, &mut ()),
            Err(Unreadable)
        );
        let error = br#"{"error":{"code":404,"status":"NOT_FOUND","message":"no"}}"#;
        assert_eq!(answer.whole(error, &mut ()), Ok(()));
        assert_eq!(answer.seen().error.as_deref(), Some("not_found"));
    }
}
