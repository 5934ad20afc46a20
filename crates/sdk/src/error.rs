//! What a call can end in, distinguished by what the caller does about it.

use std::time::Duration;

use windlass_wire::{Code, Problem};

/// The longest that a server's `Retry-After` is heeded.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(1);

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
    /// The key or the certificates of the client cannot be used; correct what is named.
    #[error("{setting} {what}")]
    Setting {
        /// Where it was looked for: a variable, a file or the program.
        setting: String,
        /// What is wrong with it; no key is shown.
        what: String,
    },
    /// The server wants a key, or one that allows this (401 `unauthorized`, 403 `forbidden`); the message says what to do.
    #[error("{}{}: {}{}", .problem.code, request_suffix(.request_id.as_deref()), .problem.detail,
        advice(.problem.code, .key.as_deref(), .types))]
    Denied {
        /// The refusal as it came.
        problem: Box<Problem>,
        /// Finds the request in the server's log.
        request_id: Option<String>,
        /// Where the key that was sent came from, such as `WINDLASS_KEY`; without one none was sent.
        key: Option<String>,
        /// Of a dequeue, the types that the key does not allow.
        types: Vec<String>,
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
        self.problem().map(|problem| problem.code)
    }

    /// The problem as it came, when the server refused.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem { problem, .. } | Self::Denied { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// Whether no valid key was sent (401). It may pass by itself only where the key was valid before, since keys rotate.
    pub fn is_unauthorized(&self) -> bool {
        match self {
            Self::Unexpected { status, .. } => *status == 401,
            error => error.code() == Some(Code::Unauthorized),
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
            Self::Address { .. }
            | Self::Setting { .. }
            | Self::Denied { .. }
            | Self::Encode(_)
            | Self::Decode { .. } => false,
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

    /// The same, and if it is a refusal of the key, where the key came from.
    pub(crate) fn sent_with(self, origin: Option<&str>) -> Self {
        match self {
            Self::Problem { problem, request_id, .. }
                if matches!(problem.code, Code::Unauthorized | Code::Forbidden) =>
            {
                let key = origin.map(str::to_owned);
                Self::Denied { problem, request_id, key, types: Vec::new() }
            }
            other => other,
        }
    }

    /// The same, and if it is a refusal of the types of a dequeue, which of `asked` those are.
    pub(crate) fn naming_types(mut self, asked: &[String]) -> Self {
        if let Self::Denied { problem, types, .. } = &mut self {
            let denied = problem.errors.iter().flatten().filter_map(|error| {
                let index = error.pointer.strip_prefix("/types/")?.parse::<usize>().ok()?;
                asked.get(index).cloned()
            });
            *types = denied.collect();
        }
        self
    }

    /// How long the server asks to wait, up to a minute.
    pub(crate) fn asked_to_wait(&self) -> Duration {
        match self {
            Self::Problem { retry_after, .. } | Self::Unexpected { retry_after, .. } => {
                retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER)
            }
            _ => Duration::ZERO,
        }
    }
}

fn request_suffix(request_id: Option<&str>) -> String {
    request_id.map(|id| format!(" (request {id})")).unwrap_or_default()
}

/// What to do about a refusal of the key, behind what the server says.
fn advice(code: Code, key: Option<&str>, types: &[String]) -> String {
    match (code, key, types) {
        (Code::Unauthorized, None, _) => {
            "; no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY to one that `windlass key create` made"
                .to_owned()
        }
        (Code::Unauthorized, Some(key), _) => {
            format!(
                "; the key from {key} is not valid, or no longer: `windlass key create` or `windlass key rotate` makes one"
            )
        }
        (_, Some(key), []) => {
            format!(
                "; the key from {key} does not allow this: use one that `windlass key create` made for it"
            )
        }
        (_, Some(key), types) => {
            let types = types.join(", ");
            format!(
                "; the key from {key} does not allow the types {types}: use one for them, or ask for others"
            )
        }
        (_, None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_wire::{Code, FieldError, Problem};

    use super::Error;

    fn denied(code: Code, errors: Option<Vec<FieldError>>, origin: Option<&str>) -> Error {
        let problem = Box::new(Problem { errors, ..Problem::new(code, "no") });
        Error::Problem { problem, request_id: None, retry_after: None }.sent_with(origin)
    }

    #[test]
    fn a_refusal_of_the_key_says_what_to_do() {
        for (code, origin, expected) in [
            (Code::Unauthorized, None, "no key was sent: set WINDLASS_KEY_FILE or WINDLASS_KEY"),
            (Code::Unauthorized, Some("WINDLASS_KEY"), "the key from WINDLASS_KEY is not valid"),
            (Code::Forbidden, Some("the program"), "the key from the program does not allow this"),
        ] {
            let error = denied(code, None, origin);
            let text = error.to_string();
            assert!(text.starts_with(&format!("{code}: no; {expected}")), "{text}");
            assert!(text.contains("windlass key create"), "{text}");
            assert_eq!((error.code(), error.is_transient()), (Some(code), false));
        }
        // What a server in mode `open` refuses is not about a key; its own words name the setting.
        assert_eq!(denied(Code::Forbidden, None, None).to_string(), "forbidden: no");
    }

    #[test]
    fn a_refusal_of_types_names_them() {
        let wrong = |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "no".to_owned() };
        let errors = ["/types/2", "/types/0", "/types/9", "/types/x", "/other"].map(wrong).to_vec();
        let asked = ["a", "b", "c"].map(str::to_owned);
        let error = denied(Code::Forbidden, Some(errors), Some("WINDLASS_KEY")).naming_types(&asked);
        assert!(error.to_string().contains("does not allow the types c, a"), "{error}");
    }

    #[test]
    fn what_has_nothing_to_do_with_the_key_stays_as_it_is() {
        let error = denied(Code::ValidationFailed, None, Some("WINDLASS_KEY")).naming_types(&[]);
        assert!(matches!(error, Error::Problem { .. }) && !error.is_unauthorized());
        let proxy = Error::Unexpected { status: 401, body: String::new(), retry_after: None };
        assert!(proxy.is_unauthorized());
    }
}
