//! How a command fails: one message for a person, and an exit code.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

/// The exit code for a command line that makes no sense, as clap has it.
const USAGE: u8 = 2;

/// Why a command did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It could not; the whole message.
    Error(String),
    /// The command line makes no sense; the whole message.
    Usage(String),
    /// A signal cut this off.
    Interrupted(&'static str),
    /// Who read what it prints has seen enough: no error.
    ReaderGone,
}

impl Failure {
    /// What was being done, and the error with all its causes.
    pub(crate) fn new(doing: &str, error: impl Error) -> Self {
        Self::Error(format!("{doing}: {}", with_causes(&error)))
    }

    /// Says it there in one write.
    pub(crate) fn report(&self, to: &mut impl Write) -> ExitCode {
        let (message, code) = match self {
            Self::Error(message) => (message.clone(), ExitCode::FAILURE),
            Self::Usage(message) => (message.clone(), ExitCode::from(USAGE)),
            Self::Interrupted(what) => (format!("a signal cut {what} off"), ExitCode::FAILURE),
            Self::ReaderGone => return ExitCode::SUCCESS,
        };
        // Nobody reads this if standard error is closed.
        let _ = to.write_all(format!("windlass: {message}\n").as_bytes());
        code
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Error(with_causes(&error))
    }
}

/// Causes that the message above them already names are left out.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let shown = error.to_string();
        if !text.contains(&shown) {
            text = format!("{text}: {shown}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the file")]
    struct Outer(#[source] io::Error);

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the file: {0}")]
    struct Explicit(#[source] io::Error);

    #[test]
    fn a_cause_is_shown_once() {
        let expected = || Failure::Error("cannot read the file: disk gone".to_owned());
        assert_eq!(Failure::from(Outer(io::Error::other("disk gone"))), expected());
        assert_eq!(Failure::from(Explicit(io::Error::other("disk gone"))), expected());
    }
}
