//! The server that a verb speaks to, and what is said when it refuses.

use std::ops::Deref;
use std::path::Path;
use std::time::Duration;

use futures_util::{Stream, StreamExt, TryStreamExt};
use windlass_sdk::{Backoff, Client, Error, Key};

use super::patience::{Waiting, patient};
use crate::failure::Failure;

/// A client, with the patience of a person.
pub(super) struct Server {
    client: Client,
    address: String,
}

/// Some of a list, and whether there is more.
pub(super) struct Listed<T> {
    pub(super) items: Vec<T>,
    pub(super) is_cut: bool,
}

impl Server {
    /// A client that gives up sooner than a worker would: a person waits.
    pub(super) fn new(
        address: &str,
        key: Option<&Path>,
        authorities: Option<&Path>,
    ) -> Result<Self, Failure> {
        let backoff = Backoff { total_delay: Duration::from_secs(3), ..Backoff::default() };
        let mut builder = Client::builder(address).backoff(backoff);
        if let Some(file) = key {
            builder = builder.key(Key::file(file));
        }
        if let Some(file) = authorities {
            builder = builder.ca_file(file);
        }
        Ok(Self { client: builder.build().map_err(refused)?, address: address.to_owned() })
    }

    /// Its address.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Waits for the answer to a call, and says what it waits for.
    pub(super) fn answer<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Failure>> {
        let asked = self.ask(call);
        async move { asked.await.map_err(refused) }
    }

    /// The same; what is said of a refusal is the caller's.
    // The future of a call is large, and would stand in that of every verb.
    pub(super) fn ask<T>(
        &self,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        let call = Box::pin(call);
        async move {
            let mut waiting = Waiting::default();
            patient(&self.client, call, |since, why| waiting.say(&self.address, since, why)).await
        }
    }

    /// The first `limit` of a list.
    pub(super) fn some<T>(
        &self,
        list: impl Stream<Item = Result<T, Error>>,
        limit: usize,
    ) -> impl Future<Output = Result<Listed<T>, Failure>> {
        let list = self.answer(list.take(limit.saturating_add(1)).try_collect());
        async move {
            let mut items: Vec<T> = list.await?;
            let is_cut = items.len() > limit;
            items.truncate(limit);
            Ok(Listed { items, is_cut })
        }
    }

    /// All of a list.
    pub(super) fn all<T>(
        &self,
        list: impl Stream<Item = Result<T, Error>>,
    ) -> impl Future<Output = Result<Vec<T>, Failure>> {
        self.answer(list.try_collect())
    }
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Rows that a page has, so that `limit` of them and the one that says that there is more come with few calls.
pub(super) fn page(limit: usize) -> Option<u32> {
    u32::try_from(limit.saturating_add(1).clamp(1, 500)).ok()
}

/// A refusal in the server's words, each thing that is wrong on a line of its own, and what to do where the key was refused.
pub(super) fn refused(error: Error) -> Failure {
    let keyless = matches!(&error, Error::Denied { key: None, .. }) && error.is_unauthorized();
    let away = matches!(&error, Error::Transport { unsent: true, .. });
    let errors = error.problem().and_then(|problem| problem.errors.clone()).unwrap_or_default();
    match Failure::from(error) {
        Failure::Error(mut message) => {
            if keyless {
                message.push_str(", or name its file by --key-file");
            }
            if away {
                message.push_str("\n  `windlass serve` starts a server here; --server or WINDLASS_SERVER names another one");
            }
            for error in errors {
                message = format!("{message}\n  {}: {}", error.pointer, error.detail);
            }
            Failure::Error(message)
        }
        other => other,
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
