//! One connection to `/v1/events/stream`.
//!
//! Silence that lasts longer than the server's comments allow is taken for a connection that is gone. Messages of a type that
//! a later server may have are skipped.

#[cfg(test)]
mod fuzz;
mod messages;

use std::time::Duration;

use messages::{Message, Messages};
use serde::Serialize;
use serde::de::Error as _;
use tokio::time::timeout;
use windlass_wire::{Event, JobProgress};

use crate::{Client, Error, EventFilter};

/// The server comments every 15 s; this allows for a database that is away at the time.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);
const CALL: &str = "GET /v1/events/stream";

/// A stream of events, and what of the next message has come.
pub(crate) struct EventStream {
    response: reqwest::Response,
    url: String,
    messages: Messages,
}

/// What a stream of the audit brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Followed {
    /// An event.
    Event(Box<Event>),
    /// How far a job is.
    Progress(JobProgress),
}

#[derive(Serialize)]
struct Asked {
    progress: Option<bool>,
}

impl Client {
    /// Opens the stream behind `last`, or from now on.
    pub(crate) async fn open_events(
        &self,
        filter: &EventFilter,
        progress: bool,
        last: Option<&str>,
    ) -> Result<EventStream, Error> {
        let asked = Asked { progress: progress.then_some(true) };
        let call = self.get(&["v1", "events", "stream"]).query(filter).query(&asked);
        let response = self.open(&call, last.map(|last| ("last-event-id", last))).await?;
        Ok(EventStream { response, url: self.base.to_string(), messages: Messages::default() })
    }
}

impl EventStream {
    /// The next of the stream, perhaps none, and behind them what cannot be read.
    ///
    /// # Errors
    /// When the connection ends, however it does.
    pub(crate) async fn read(&mut self) -> Result<Vec<Result<Followed, Error>>, Error> {
        let gone = |source: Box<dyn std::error::Error + Send + Sync>| Error::Transport {
            url: self.url.clone(),
            unsent: false,
            source,
        };
        let chunk = match timeout(LONGEST_SILENCE, self.response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return Err(gone("the stream ended".into())),
            Ok(Err(error)) => return Err(gone(error.without_url().into())),
            Err(silence) => return Err(gone(silence.into())),
        };
        Ok(followed(&mut self.messages, &chunk))
    }

    /// The id of the last message, if it had one.
    pub(crate) fn last_id(&self) -> Option<&str> {
        self.messages.last_id()
    }

    /// How long the server asks to wait before the stream is opened again, if it does.
    pub(crate) fn pause(&self) -> Option<Duration> {
        self.messages.pause()
    }
}

fn followed(messages: &mut Messages, chunk: &[u8]) -> Vec<Result<Followed, Error>> {
    let mut whole = Vec::new();
    let read = messages.take(chunk, &mut whole);
    let mut followed: Vec<_> = whole.iter().filter_map(read_message).collect();
    followed.extend(read.err().map(|too_long| Err(decode(serde_json::Error::custom(too_long)))));
    followed
}

fn read_message(message: &Message) -> Option<Result<Followed, Error>> {
    let read = match message.kind.as_str() {
        "" | "message" => serde_json::from_str(&message.data).map(Followed::Event),
        "progress" => serde_json::from_str(&message.data).map(Followed::Progress),
        _ => return None,
    };
    Some(read.map_err(decode))
}

fn decode(source: serde_json::Error) -> Error {
    Error::Decode { call: CALL.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_an_error_behind_the_events_before_it() {
        let json = serde_json::json!({
            "id": "1", "at": "2026-11-22T20:00:00Z", "entity": "pipeline", "pipeline_id": null, "job_id": null,
            "task_id": null, "from": null, "to": "pending", "flag": null, "reason": "a\n\nb", "attempt": null,
            "worker_id": null, "actor": "client", "correlation_id": "c", "a_field_of_a_later_version": 1,
        });
        let text = format!("event: of a later version\ndata: x\n\ndata: {json}\n\ndata: {{}}\n\n");
        let events = followed(&mut Messages::default(), text.as_bytes());
        assert!(matches!(&events[0], Ok(Followed::Event(event)) if event.id == "1"));
        assert!(matches!(events[1..], [Err(Error::Decode { .. })]));
    }

    #[test]
    fn a_line_of_progress_has_no_id_and_leaves_the_last_one() {
        let (mut messages, id) = (Messages::default(), uuid::Uuid::nil());
        let line = format!(r#"{{"pipeline_id": "{id}", "job_id": "{id}", "percent": 12.5, "more": 1}}"#);
        let text = format!("id: 7\n\nevent: progress\ndata: {line}\n\n");
        let read = followed(&mut messages, text.as_bytes());
        let progress = JobProgress { pipeline_id: id, job_id: id, percent: 12.5 };
        assert!(matches!(&read[..], [Ok(Followed::Progress(read))] if *read == progress));
        assert_eq!(messages.last_id(), Some("7"));
    }

    #[test]
    fn a_message_without_end_is_an_error_and_no_event() {
        let events = followed(&mut Messages::default(), &vec![b'x'; 2_000_000]);
        let [Err(error)] = &events[..] else { panic!("{events:?}") };
        assert!(!error.is_transient(), "it would be read again and again");
    }
}
