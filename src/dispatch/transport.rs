use std::{any::Any, error::Error, io};

type BoxError = Box<dyn Error + Send + Sync>;

/// Whether a request may have reached the provider when the client failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sent {
    /// Certainly not: no connection was made, or the provider says that it never looked at it.
    Never,
    /// Perhaps: it counts as sent.
    Perhaps,
}

impl Sent {
    /// Reads from a client's error whether the request was sent.
    ///
    /// Looks through errors of hyper and hyper-util (feature `client`), of reqwest (feature `reqwest`), of h2 (feature
    /// `http2`), of I/O, and through boxed ones. What it does not know counts as sent; see [`DispatchLayer::sent_by`](super::DispatchLayer::sent_by)
    /// for other clients, and [`Sent::by_sources`] for errors that wrap one of these.
    pub fn of<E: 'static>(error: &E) -> Self {
        let error: &dyn Any = error;
        if let Some(boxed) = error.downcast_ref::<BoxError>() {
            return Self::by_sources(&**boxed);
        }
        #[cfg(feature = "client")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return Self::by_sources(error);
        }
        #[cfg(feature = "client")]
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return Self::by_sources(error);
        }
        #[cfg(feature = "reqwest")]
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return Self::by_sources(error);
        }
        #[cfg(feature = "http2")]
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return Self::by_sources(error);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Self::by_sources(error);
        }
        Self::Perhaps
    }

    /// Reads from an error and its sources whether the request was sent, of which these say that it was not:
    ///
    /// - a connection that was refused;
    /// - (feature `client`) a connection that hyper-util's client could not make, for want of a name, a route, time or
    ///   a TLS session, and a request that hyper never began to write;
    /// - (feature `http2`) a stream that the provider refuses (`REFUSED_STREAM`), or that lies beyond the last one which
    ///   it has looked at when it goes away (`GOAWAY`).
    ///
    /// A connection that broke is none of them, however soon: what was written to it may have been read.
    pub fn by_sources(error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if is_unsent(error) {
                return Self::Never;
            }
            // What an I/O error wraps is not its source.
            next = match error.downcast_ref::<io::Error>() {
                Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
                None => error.source(),
            };
        }
        Self::Perhaps
    }
}

/// Whether this very error says so.
fn is_unsent(error: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "client")]
    {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return error.is_connect();
        }
        // A request that waited for its turn on a connection which ended before. hyper-util's client sends it again
        // by itself, but not where the connection was new.
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return error.is_canceled();
        }
    }
    #[cfg(feature = "reqwest")]
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        // What it could not build, it could not send.
        return error.is_builder() || error.is_connect();
    }
    #[cfg(feature = "http2")]
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        // h2 gives a provider's GOAWAY only to streams beyond the last one that it names; others go on, and where the
        // connection breaks they end by that.
        return error.is_remote() && (refused || error.is_go_away());
    }
    let io = error.downcast_ref::<io::Error>();
    // Other kinds are reported on connections that stood as well.
    io.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_certainly_never_left_counts_as_unsent() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(Sent::of(&refused()), Sent::Never);
        assert_eq!(
            Sent::of(&BoxError::from(io::Error::other(refused()))),
            Sent::Never
        );
        assert_eq!(
            Sent::of(&io::Error::from(io::ErrorKind::ConnectionReset)),
            Sent::Perhaps
        );
        let unreachable = io::Error::from(io::ErrorKind::HostUnreachable);
        assert_eq!(Sent::of(&unreachable), Sent::Perhaps);
        assert_eq!(Sent::of(&"anything"), Sent::Perhaps);
    }

    #[cfg(feature = "http2")]
    #[test]
    fn a_reset_of_our_own_says_nothing_of_the_provider() {
        let own = h2::Error::from(h2::Reason::REFUSED_STREAM);
        assert_eq!(Sent::of(&own), Sent::Perhaps);
    }
}
