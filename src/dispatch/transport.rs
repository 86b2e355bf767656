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
    /// Looks through boxed errors and their sources for a refused connection, and (feature `client`) for what
    /// hyper-util's client says of itself. What it does not know counts as sent; see
    /// [`DispatchLayer::sent_by`](super::DispatchLayer::sent_by) for other clients.
    pub fn of<E: 'static>(error: &E) -> Self {
        let error: &dyn Any = error;
        if let Some(boxed) = error.downcast_ref::<BoxError>() {
            return by_sources(&**boxed);
        }
        #[cfg(feature = "client")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            return by_sources(error);
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return by_sources(error);
        }
        Self::Perhaps
    }
}

fn by_sources(error: &(dyn Error + 'static)) -> Sent {
    let mut next = Some(error);
    while let Some(error) = next {
        #[cfg(feature = "client")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>()
            && error.is_connect()
        {
            return Sent::Never;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // Other kinds are reported on connections that stood as well.
            if error.kind() == io::ErrorKind::ConnectionRefused {
                return Sent::Never;
            }
            // What an I/O error wraps is not its source.
            next = error.get_ref().map(|inner| inner as &(dyn Error + 'static));
            continue;
        }
        next = error.source();
    }
    Sent::Perhaps
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
}
