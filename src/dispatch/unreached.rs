use std::{any::Any, error::Error, io};

use super::attempt::Unseen;

type BoxError = Box<dyn Error + Send + Sync>;

impl Unseen {
    /// Why nobody has seen a request, of which a client's error says that nobody has.
    pub(super) fn of<E: 'static>(error: &E) -> Self {
        let error: &dyn Any = error;
        let mut next: Option<&(dyn Error + 'static)> = None;
        if let Some(boxed) = error.downcast_ref::<BoxError>() {
            next = Some(&**boxed);
        } else if let Some(error) = error.downcast_ref::<io::Error>() {
            next = Some(error);
        }
        #[cfg(feature = "client")]
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            next = Some(error);
        }
        while let Some(error) = next {
            #[cfg(feature = "client")]
            if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>()
                && error.is_connect()
            {
                return Self::NotReached;
            }
            next = match error.downcast_ref::<io::Error>() {
                Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    return Self::NotReached;
                }
                // What an I/O error wraps is not its source.
                Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
                None => error.source(),
            };
        }
        Self::TurnedAway
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_connection_reaches_nobody() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(Unseen::of(&refused()), Unseen::NotReached);
        let boxed = BoxError::from(io::Error::other(refused()));
        assert_eq!(Unseen::of(&boxed), Unseen::NotReached);
        let other = io::Error::other("a stream that was refused");
        assert_eq!(Unseen::of(&other), Unseen::TurnedAway);
        assert_eq!(Unseen::of(&"of a client of one's own"), Unseen::TurnedAway);
    }
}
