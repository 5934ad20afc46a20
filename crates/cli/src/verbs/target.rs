//! Which server a verb speaks to, and what it says when that refuses.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use windlass_sdk::{Backoff, Client, Error, Key};

use crate::failure::Failure;

/// Which server to speak to, and for whom to write.
#[derive(Args)]
pub(super) struct Target {
    /// Address of the server.
    #[arg(
        long,
        global = true,
        env = "WINDLASS_SERVER",
        default_value = "http://127.0.0.1:7070",
        value_name = "URL"
    )]
    server: String,
    /// File that holds the key to call with, alone on one line; without it WINDLASS_KEY_FILE names one, or
    /// WINDLASS_KEY is the key itself. No flag takes a key: every user of the machine can read flags.
    // Without clap's `env`: the SDK reads the two variables together.
    #[arg(long, global = true, value_name = "FILE")]
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    key_file: Option<PathBuf>,
    /// File of certificates (PEM) to trust beside those of the machine; without it WINDLASS_CA_FILE names one.
    #[arg(long, global = true, value_name = "FILE")]
    #[expect(clippy::doc_markdown, reason = "the help of a command has no back-ticks")]
    ca_file: Option<PathBuf>,
    /// Writes JSON instead of tables.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Target {
    /// A client that gives up sooner than a worker would: a person waits.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let backoff = Backoff { total_delay: Duration::from_secs(3), ..Backoff::default() };
        let mut builder = Client::builder(&self.server).backoff(backoff);
        if let Some(file) = &self.key_file {
            builder = builder.key(Key::file(file));
        }
        if let Some(file) = &self.ca_file {
            builder = builder.ca_file(file);
        }
        builder.build().map_err(refused)
    }
}

/// A refusal in the server's words, each thing that is wrong on a line of its own, and what to do where the key was refused.
pub(super) fn refused(error: Error) -> Failure {
    let keyless = matches!(&error, Error::Denied { key: None, .. }) && error.is_unauthorized();
    let errors = error.problem().and_then(|problem| problem.errors.clone()).unwrap_or_default();
    match Failure::from(error) {
        Failure::Error(mut message) => {
            if keyless {
                message.push_str(", or name its file by --key-file");
            }
            for error in errors {
                message = format!("{message}\n  {}: {}", error.pointer, error.detail);
            }
            Failure::Error(message)
        }
        interrupted @ Failure::Interrupted(_) => interrupted,
    }
}

#[cfg(test)]
mod tests {
    use windlass_sdk::wire::{Code, FieldError, Problem};

    use super::*;

    #[test]
    fn a_refusal_names_everything_that_is_wrong() {
        let mut problem = Box::new(Problem::new(Code::ValidationFailed, "2 values are wrong"));
        let wrong =
            |pointer: &str| FieldError { pointer: pointer.to_owned(), detail: "must be given".to_owned() };
        problem.errors = Some(vec![wrong("/name"), wrong("/jobs")]);
        let refused = refused(Error::Problem { problem, request_id: None, retry_after: None });
        let text = "validation_failed: 2 values are wrong\n  /name: must be given\n  /jobs: must be given";
        assert_eq!(refused, Failure::Error(text.to_owned()));
    }
}
