use redis::{ErrorKind, RedisError};

/// Why a script was not answered, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The server does not know the script yet.
    NoScript,
    /// Nothing was done; the same server may do it soon.
    Busy(Box<str>),
    /// Nothing was done; it must be asked elsewhere: there, where the server says so.
    Elsewhere(Option<Box<str>>),
    /// The connection is gone. It may have been done.
    Cut,
    /// Nothing was done, and trying again is of no use soon.
    Denied(Box<str>),
    /// What is kept, or what was answered, makes no sense.
    Corrupt(Box<str>),
}

impl Fault {
    /// Only codes are taken from an error: its text may quote what was sent.
    pub(super) fn of(error: &RedisError) -> Self {
        if let Some((node, _)) = error.redirect_node() {
            return Self::Elsewhere(Some(node.into()));
        }
        match error.code() {
            Some("NOSCRIPT") => Self::NoScript,
            Some("READONLY" | "MOVED" | "ASK") => Self::Elsewhere(None),
            Some(
                code @ ("LOADING" | "BUSY" | "TRYAGAIN" | "MASTERDOWN" | "CLUSTERDOWN" | "OOM"
                | "MISCONF" | "NOREPLICAS"),
            ) => Self::Busy(code.into()),
            Some(code @ ("NOAUTH" | "WRONGPASS" | "NOPERM" | "CROSSSLOT")) => {
                Self::Denied(code.into())
            }
            Some(code) => Self::Corrupt(code.into()),
            None => match error.kind() {
                ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig => {
                    Self::Denied(error.category().into())
                }
                ErrorKind::UnexpectedReturnType => Self::Corrupt(error.category().into()),
                _ => Self::Cut,
            },
        }
    }

    /// For people.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::NoScript => "it forgets its scripts",
            Self::Busy(code) | Self::Denied(code) | Self::Corrupt(code) => code,
            Self::Elsewhere(_) => "it takes no writes",
            Self::Cut => "the connection is cut",
        }
    }
}
