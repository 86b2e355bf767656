use http::{Request, Response};
use tower::Service;

use super::Recover;
use crate::fallback::{
    ResponseBody,
    resume::{Others, Standby},
};

impl<S, B, ResB> Recover<S, B, ResB, S::Error>
where
    S: Service<Request<B>>,
{
    /// The answer, with the rest of the plan behind it where it may have to be gone on with.
    pub(in crate::fallback) fn behind(
        self,
        response: Response<ResponseBody<ResB>>,
    ) -> Response<ResponseBody<ResB>>
    where
        Standby<S, B>: Others<ResB> + 'static,
    {
        let Self {
            call,
            walk,
            told,
            begun,
            ..
        } = self;
        match begun.filter(|_| call.rule.resume) {
            Some(turn) => {
                let standby = Standby {
                    call,
                    walk,
                    told,
                    turn,
                };
                standby.behind(response)
            }
            None => response,
        }
    }
}
