//! The audit's end as a body that grows.
//!
//! A page is read from the store only when the connection has taken the one before, so a slow reader costs one page of
//! memory and no more, and goes on after the last event that it has taken. An outage of the database only delays it. It ends when the
//! server stops, or when a restored backup does not know its last event.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::time::{Instant, sleep, timeout_at};
use windlass_store::{self as store, Event, EventCursor, EventFilter};

use crate::app::App;
use crate::engine::{self, within};
use crate::view;

/// Events of one page; each has up to some 6 KiB.
const PAGE: i64 = 100;
/// How soon a new event is looked for; as much again as an event needs to become visible.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The pause after a look that failed.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// A line at least this often, so that neither a proxy nor the client takes the silence for an end.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// A comment: says that the stream is alive, and nothing else.
const COMMENT: &[u8] = b":\n\n";

struct Tail {
    app: App,
    filter: EventFilter,
    after: EventCursor,
    /// When something was last sent; `None` before the first comment, which sends the head on its way.
    sent: Option<Instant>,
}

/// All that comes behind `after`, as server-sent events.
pub(super) fn follow(
    app: App,
    filter: EventFilter,
    after: EventCursor,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let tail = Tail { app, filter, after, sent: None };
    stream::unfold(tail, |mut tail| async move {
        let stop = tail.app.stop().clone();
        tokio::select! {
            () = stop.stopping() => None,
            bytes = tail.next() => bytes.map(|bytes| (Ok(bytes), tail)),
        }
    })
}

impl Tail {
    /// The next bytes to send, as soon as there are any; `None` when the database does not know its last event.
    async fn next(&mut self) -> Option<Bytes> {
        let silent_until = self.sent.map_or_else(Instant::now, |sent| sent + KEEP_ALIVE);
        let bytes = timeout_at(silent_until, self.next_events()).await;
        self.sent = Some(Instant::now());
        bytes.unwrap_or(Some(Bytes::from_static(COMMENT)))
    }

    /// The next events; a caller that stops waiting for them loses none: `after` moves only with what is returned.
    async fn next_events(&mut self) -> Option<Bytes> {
        loop {
            let pause = match within(self.app.store().events(&self.filter, self.after, PAGE)).await {
                Ok(page) if page.events.is_empty() => LOOK_EVERY,
                Ok(page) => return Some(self.take(page.events)),
                Err(engine::Error::Store(store::Error::PlaceLost)) => return None,
                Err(_) => OUTAGE_PAUSE,
            };
            sleep(pause).await;
        }
    }

    fn take(&mut self, events: Vec<Event>) -> Bytes {
        let mut text = String::new();
        for event in events {
            self.after = event.id;
            text.push_str(&message(event));
        }
        text.into()
    }
}

fn message(event: Event) -> String {
    let id = event.id;
    // JSON has no line breaks outside strings, and escapes those within: one line of data.
    let data =
        serde_json::to_string(&view::event(event)).expect("the types of the contract have a JSON form");
    format!("id: {id}\ndata: {data}\n\n")
}
