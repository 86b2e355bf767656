use http::StatusCode;

/// How a gRPC call ended: `google.rpc.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Code {
    /// Well.
    Ok = 0,
    /// Its caller has left.
    Cancelled = 1,
    /// Nobody knows.
    Unknown = 2,
    /// The request is at fault.
    InvalidArgument = 3,
    /// Not in time.
    DeadlineExceeded = 4,
    /// There is no such thing.
    NotFound = 5,
    /// There is such a thing already.
    AlreadyExists = 6,
    /// Who is calling may not.
    PermissionDenied = 7,
    /// Something is used up: money, a quota, a rate.
    ResourceExhausted = 8,
    /// Something else has to be done before.
    FailedPrecondition = 9,
    /// Another call stands in the way.
    Aborted = 10,
    /// Beyond the end.
    OutOfRange = 11,
    /// There is no such method.
    Unimplemented = 12,
    /// The fault is here.
    Internal = 13,
    /// Not now.
    Unavailable = 14,
    /// Something is lost.
    DataLoss = 15,
    /// Nobody knows who is calling.
    Unauthenticated = 16,
}

const ALL: [(Code, &str, u16); 17] = [
    (Code::Ok, "OK", 200),
    (Code::Cancelled, "CANCELLED", 499),
    (Code::Unknown, "UNKNOWN", 500),
    (Code::InvalidArgument, "INVALID_ARGUMENT", 400),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", 504),
    (Code::NotFound, "NOT_FOUND", 404),
    (Code::AlreadyExists, "ALREADY_EXISTS", 409),
    (Code::PermissionDenied, "PERMISSION_DENIED", 403),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", 429),
    (Code::FailedPrecondition, "FAILED_PRECONDITION", 400),
    (Code::Aborted, "ABORTED", 409),
    (Code::OutOfRange, "OUT_OF_RANGE", 400),
    (Code::Unimplemented, "UNIMPLEMENTED", 501),
    (Code::Internal, "INTERNAL", 500),
    (Code::Unavailable, "UNAVAILABLE", 503),
    (Code::DataLoss, "DATA_LOSS", 500),
    (Code::Unauthenticated, "UNAUTHENTICATED", 401),
];

impl Code {
    /// The number on the wire.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// By its number; what is none of them is [`Unknown`](Self::Unknown).
    pub fn of(number: u64) -> Self {
        let found = ALL
            .iter()
            .find(|(code, ..)| u64::from(code.number()) == number);
        found.map_or(Self::Unknown, |(code, ..)| *code)
    }

    /// By its word, as in the JSON form of Google's errors.
    pub fn of_word(word: &str) -> Option<Self> {
        let found = ALL.iter().find(|(_, own, _)| *own == word);
        found.map(|(code, ..)| *code)
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        let found = ALL.iter().find(|(code, ..)| *code == self);
        found.map_or("UNKNOWN", |(_, word, _)| word)
    }

    /// The HTTP status that says the same (google/rpc/code.proto).
    pub fn status(self) -> StatusCode {
        let found = ALL.iter().find(|(code, ..)| *code == self);
        let status = found.map_or(500, |(.., status)| *status);
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What says the same as an HTTP status that comes without a word.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Ok,
            401 => Self::Unauthenticated,
            403 => Self::PermissionDenied,
            404 | 410 => Self::NotFound,
            402 | 413 | 429 => Self::ResourceExhausted,
            408 | 504 => Self::DeadlineExceeded,
            409 => Self::Aborted,
            499 => Self::Cancelled,
            400..=499 => Self::InvalidArgument,
            501 => Self::Unimplemented,
            502 | 503 | 529 => Self::Unavailable,
            _ => Self::Internal,
        }
    }
}
