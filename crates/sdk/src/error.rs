//! What a call can end in, distinguished by what the caller does about it.

use std::time::Duration;

use windlass_wire::{Code, Problem};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the server cannot be used; correct it.
    #[error("{url:?} is not the address of a server, such as http://127.0.0.1:7070")]
    Address {
        /// The URL.
        url: String,
    },
    /// The server refused; act on the [`Code`].
    #[error("{}{}: {}", .problem.code, request_suffix(.request_id.as_deref()), .problem.detail)]
    Problem {
        /// The refusal as it came.
        problem: Box<Problem>,
        /// Finds the request in the server's log.
        request_id: Option<String>,
        /// How long the server asks to wait before the next try.
        retry_after: Option<Duration>,
    },
    /// Something answered that does not speak like Windlass: a proxy, or another service.
    #[error("the server answered {status}, which is not windlass's: {body}")]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
        /// How long the answer asks to wait before the next try.
        retry_after: Option<Duration>,
    },
    /// No whole answer came: unreachable, cut off or too slow. What was asked may have happened.
    #[error("the server at {url} gave no answer")]
    Transport {
        /// Where the call went.
        url: String,
        /// Whether no connection came about, so that nothing can have happened.
        unsent: bool,
        /// What the connection says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server has not answered lately, so nothing was sent: the client's breaker is open.
    #[error("the server at {url} has not answered lately, the next try is in {retry_after:?}")]
    Unavailable {
        /// Where the call would have gone.
        url: String,
        /// How long it is to the next probe.
        retry_after: Duration,
    },
    /// What was to be sent has no JSON form.
    #[error("cannot write the request as json")]
    Encode(#[source] serde_json::Error),
    /// The answer is not what the contract says; client and server may be of different versions.
    #[error("cannot read the answer to {call}")]
    Decode {
        /// Method and path of the call.
        call: String,
        /// Where the JSON departs from what was expected.
        source: serde_json::Error,
    },
}

impl Error {
    /// The problem code, when the server refused.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Problem { problem, .. } => Some(problem.code),
            _ => None,
        }
    }

    /// Whether the task is no longer the caller's: leased anew, ended, cancelled or deleted.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self.code(), Some(Code::LeaseLost | Code::TaskNotFound))
    }

    /// Whether the same call may succeed later, without anybody changing it.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Unavailable { .. } => true,
            Self::Problem { problem, .. } => matches!(problem.status, 429 | 500 | 503),
            Self::Unexpected { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            Self::Address { .. } | Self::Encode(_) | Self::Decode { .. } => false,
        }
    }

    /// Whether it is certain that the call changed nothing, so that even an unsafe one may be repeated.
    pub(crate) fn changed_nothing(&self) -> bool {
        match self {
            Self::Transport { unsent, .. } => *unsent,
            Self::Unavailable { .. } => true,
            // A database that goes away may have committed what it could no longer answer.
            Self::Problem { problem, .. } => {
                matches!(problem.code, Code::RateLimited | Code::Overloaded | Code::ShuttingDown)
            }
            _ => false,
        }
    }

    /// Whether the server, or the way to it, is what failed, rather than this call.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Problem { problem, .. } => problem.status >= 500,
            Self::Unexpected { status, .. } => *status >= 500,
            _ => false,
        }
    }

    /// How long the server asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Problem { retry_after, .. } | Self::Unexpected { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn request_suffix(request_id: Option<&str>) -> String {
    request_id.map(|id| format!(" (request {id})")).unwrap_or_default()
}
