//! One connection to `/v1/events/stream`.
//!
//! Silence that lasts longer than the server's comments allow is taken for a connection that is gone. Messages of a type that
//! a later server may have are skipped.

mod messages;

use std::time::Duration;

use messages::{Message, Messages};
use serde::Serialize;
use serde::de::Error as _;
use tokio::time::timeout;
use uuid::Uuid;
use windlass_wire::Event;

use crate::{Client, Error};

/// The server comments every 10 s; this allows for a database that is away at the time.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
const CALL: &str = "GET /v1/events/stream";

/// A stream of events, and what of the next message has come.
pub(crate) struct EventStream {
    response: reqwest::Response,
    url: String,
    messages: Messages,
}

#[derive(Serialize)]
struct Query {
    pipeline_id: Option<Uuid>,
}

impl Client {
    /// Opens the stream behind `last`, or from now on.
    pub(crate) async fn open_events(
        &self,
        pipeline_id: Option<Uuid>,
        last: Option<&str>,
    ) -> Result<EventStream, Error> {
        let call = self.get(&["v1", "events", "stream"]).query(&Query { pipeline_id });
        let response = self.open(&call, last.map(|last| ("last-event-id", last))).await?;
        Ok(EventStream { response, url: self.base.to_string(), messages: Messages::default() })
    }
}

impl EventStream {
    /// The next events, perhaps none, and behind them what is no event.
    ///
    /// # Errors
    /// When the connection ends, however it does.
    pub(crate) async fn read(&mut self) -> Result<Vec<Result<Event, Error>>, Error> {
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
        Ok(events(&mut self.messages, &chunk))
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

fn events(messages: &mut Messages, chunk: &[u8]) -> Vec<Result<Event, Error>> {
    let mut whole = Vec::new();
    let read = messages.take(chunk, &mut whole);
    let mut events: Vec<_> = whole.iter().filter(|message| is_of_the_audit(message)).map(event).collect();
    events.extend(read.err().map(|too_long| Err(decode(serde_json::Error::custom(too_long)))));
    events
}

fn is_of_the_audit(message: &Message) -> bool {
    matches!(message.kind.as_str(), "" | "message")
}

fn event(message: &Message) -> Result<Event, Error> {
    serde_json::from_str(&message.data).map_err(decode)
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
        let events = events(&mut Messages::default(), text.as_bytes());
        assert_eq!(events[0].as_ref().unwrap().id, "1");
        assert!(matches!(events[1..], [Err(Error::Decode { .. })]));
    }

    #[test]
    fn a_message_without_end_is_an_error_and_no_event() {
        let events = events(&mut Messages::default(), &vec![b'x'; 2_000_000]);
        let [Err(error)] = &events[..] else { panic!("{events:?}") };
        assert!(!error.is_transient(), "it would be read again and again");
    }
}
