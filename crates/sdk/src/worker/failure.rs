//! How a handler ends without a result.

use std::error::Error;
use std::time::Duration;

use serde::Serialize;
use windlass_wire::{Json, ReportedError, RetryDirective};

/// The server's limit on messages.
const MESSAGE_BYTES: usize = 4096;

/// What a handler returns instead of a result: the attempt failed, or the task goes back.
///
/// Every error converts into one of category `system_error` with its causes in the message, so `?` works.
/// Like other error types that everything converts into, it is no [`Error`] itself.
#[derive(Debug)]
pub struct TaskFailure(pub(super) Ending);

#[derive(Debug)]
pub(super) enum Ending {
    Failed { error: ReportedError, retry: RetryDirective },
    Released { delay: Option<Duration> },
}

impl TaskFailure {
    /// The attempt failed; the job's policy decides by `category`, `[a-z0-9_.]{1,64}`, whether there is
    /// another. A message over 4 KiB is cut.
    pub fn new(category: impl Into<String>, message: impl Into<String>) -> Self {
        let error = reported(category, &message.into());
        Self(Ending::Failed { error, retry: RetryDirective::Auto })
    }

    /// Releases the task without counting the attempt; nobody may take it before `delay`.
    pub fn release(delay: Option<Duration>) -> Self {
        Self(Ending::Released { delay })
    }

    /// The same failure, after which there is no further attempt.
    #[must_use]
    pub fn never_retry(self) -> Self {
        self.with_retry(RetryDirective::Never)
    }

    /// The same failure, tried again after `delay` whatever the category, within the policy's attempts.
    #[must_use]
    pub fn retry_after(self, delay: Duration) -> Self {
        self.with_retry(RetryDirective::AfterSeconds(delay.as_secs_f64()))
    }

    /// The same failure with a detail for programs, up to 64 KiB; what has no JSON form is left out.
    #[must_use]
    pub fn with_detail<T: Serialize + ?Sized>(mut self, detail: &T) -> Self {
        if let Ending::Failed { error, .. } = &mut self.0 {
            error.detail = Json::of(detail).ok();
        }
        self
    }

    fn with_retry(mut self, directive: RetryDirective) -> Self {
        if let Ending::Failed { retry, .. } = &mut self.0 {
            *retry = directive;
        }
        self
    }
}

impl<E: Error> From<E> for TaskFailure {
    fn from(error: E) -> Self {
        Self::new("system_error", chain(&error))
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// An error as it is reported, its message cut to the limit.
pub(super) fn reported(category: impl Into<String>, message: &str) -> ReportedError {
    ReportedError { category: category.into(), message: fitting(message), detail: None }
}

/// A message as the server takes it: no NUL, at most 4 KiB.
fn fitting(message: &str) -> String {
    let mut text = message.replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(MESSAGE_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::{Ending, MESSAGE_BYTES, TaskFailure};

    fn message(failure: TaskFailure) -> String {
        match failure.0 {
            Ending::Failed { error, .. } => error.message,
            Ending::Released { .. } => panic!("released"),
        }
    }

    #[test]
    fn an_error_becomes_a_failure_that_names_its_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read the tile")]
        struct Unreadable(#[source] std::io::Error);
        let failure: TaskFailure = Unreadable(std::io::Error::other("disk gone")).into();
        assert_eq!(message(failure), "cannot read the tile: disk gone");
    }

    #[test]
    fn a_message_is_cut_to_the_limit_between_characters() {
        let text = message(TaskFailure::new("data_error", format!("x{}", "ü".repeat(MESSAGE_BYTES))));
        assert_eq!(text.len(), MESSAGE_BYTES - 1);
        assert_eq!(message(TaskFailure::new("data_error", "a\0b")), "a\u{fffd}b");
    }
}
