//! Which server a verb speaks to, and what it says when that refuses.

use std::time::Duration;

use clap::Args;
use windlass_sdk::{Backoff, Client, Error};

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
    /// Writes JSON instead of tables.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Target {
    /// A client that gives up sooner than a worker would: a person waits.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let backoff = Backoff { total_delay: Duration::from_secs(3), ..Backoff::default() };
        Client::builder(&self.server).backoff(backoff).build().map_err(refused)
    }
}

/// A refusal in the server's words, each thing that is wrong on a line of its own.
pub(super) fn refused(error: Error) -> Failure {
    let errors = match &error {
        Error::Problem { problem, .. } => problem.errors.clone().unwrap_or_default(),
        _ => Vec::new(),
    };
    match Failure::from(error) {
        Failure::Error(mut message) => {
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
