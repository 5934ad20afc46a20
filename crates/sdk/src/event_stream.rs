//! One connection to `/v1/events/stream`.
//!
//! It reads as much of the format of server-sent events as the server writes: messages of one `id:` and one `data:` line,
//! and comments. Silence that lasts longer than the server's comments allow is taken for a connection that is gone.

use std::time::Duration;

use serde::Serialize;
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
    begun: Vec<u8>,
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
        Ok(EventStream { response, url: self.base.to_string(), begun: Vec::new() })
    }
}

impl EventStream {
    /// The next events, perhaps none.
    ///
    /// # Errors
    /// When the connection ends, however it does.
    pub(crate) async fn read(&mut self) -> Result<Vec<Event>, Error> {
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
        self.begun.extend_from_slice(&chunk);
        messages(&mut self.begun)
    }
}

/// Takes the whole messages out of what has come.
fn messages(begun: &mut Vec<u8>) -> Result<Vec<Event>, Error> {
    let Some(end) = begun.windows(2).rposition(|two| two == b"\n\n") else { return Ok(Vec::new()) };
    let whole: Vec<u8> = begun.drain(..end + 2).collect();
    let data = whole.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data: "));
    let event = |json: &[u8]| {
        serde_json::from_slice(json).map_err(|source| Error::Decode { call: CALL.to_owned(), source })
    };
    data.map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: &str) -> String {
        let json = serde_json::json!({
            "id": id, "at": "2026-11-22T20:00:00Z", "entity": "pipeline", "pipeline_id": null, "job_id": null,
            "task_id": null, "from": null, "to": "pending", "flag": null, "reason": "a\n\nb", "attempt": null,
            "worker_id": null, "actor": "client", "correlation_id": "c", "a_field_of_a_later_version": 1,
        });
        format!("id: {id}\ndata: {json}\n\n")
    }

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let text = format!(":\n\n{}{}:\n\n{}", event("1"), event("2"), event("3"));
        for size in [1, 7, 100, text.len()] {
            let (mut begun, mut seen) = (Vec::new(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                begun.extend_from_slice(piece);
                seen.extend(messages(&mut begun).unwrap().into_iter().map(|event| event.id));
            }
            assert_eq!(seen, ["1", "2", "3"], "{size} bytes at a time");
            assert!(begun.is_empty());
        }
    }

    #[test]
    fn what_is_no_event_is_told() {
        let mut begun = b"id: 1\ndata: {}\n\n".to_vec();
        assert!(matches!(messages(&mut begun), Err(Error::Decode { .. })));
    }
}
