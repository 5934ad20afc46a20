//! Calls that their connection cannot serve, whatever they ask for.

use crate::http::Problem;

/// Why a call is refused before it is looked at; of a request. The middleware answers it, so that such an answer has what every answer has: a request
/// id, what a browser is told, a line in the log. Its connection is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Unserved {
    /// There is no place for the connection.
    NoPlace,
    /// The request has more headers than this.
    TooManyHeaders(usize),
    /// The request's head has more bytes than this.
    HeadTooLong(u32),
}

impl Unserved {
    /// What its client is told.
    pub(in crate::http) fn problem(self) -> Problem {
        match self {
            Self::NoPlace => Problem::too_many_connections(),
            Self::TooManyHeaders(most) => Problem::too_many_headers(most),
            Self::HeadTooLong(most) => Problem::head_too_long(most),
        }
    }
}
