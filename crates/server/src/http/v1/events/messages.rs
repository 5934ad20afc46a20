//! The audit as a body that grows.
//!
//! A stream begins with pages of its own, read from the store only when the connection has taken the one before. At the audit's end it goes on
//! with the batches of the server's one tail, which cost it no query. A reader that is too slow for these goes back to pages, so it costs one
//! page of memory and no more, and misses none. An outage of the database only delays it. It ends when the server stops, when the reader's key is no
//! longer good, or when a restored backup does not know its last event. Lines of progress, if the reader asks for them, come between, once the end is reached.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, sleep, timeout_at};
use windlass_store::{self as store, Event, EventCursor, EventFilter};

use super::lines::Lines;
use crate::app::App;
use crate::engine::{self, Batch, News, within};
use crate::http::auth::LastingKey;
use crate::telemetry::OpenStream;
use crate::view;

/// Events of one page; each has up to some 6 KiB.
const PAGE: i64 = 100;
/// The pause after a look that failed.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// A line at least this often, so that neither a proxy nor the client takes the silence for an end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// A comment: says that the stream is alive, and nothing else.
const COMMENT: &[u8] = b":\n\n";

struct Messages {
    events: Events,
    /// How far jobs are, if the reader asks for it.
    lines: Option<Lines>,
    /// That of the reader.
    key: LastingKey,
    /// When something was last sent; `None` before the first comment, which sends the head on its way.
    sent: Option<Instant>,
    _open: OpenStream,
}

struct Events {
    app: App,
    filter: EventFilter,
    /// Up to where all that is wanted was sent.
    after: EventCursor,
    /// The tail's batches; `None` while there are pages to be read first.
    news: Option<Receiver<News>>,
}

/// All that comes behind `after`, as server-sent events.
pub(super) fn follow(
    app: App,
    filter: EventFilter,
    after: EventCursor,
    lines: Option<Lines>,
    key: LastingKey,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let events = Events { app, filter, after, news: None };
    let messages = Messages { events, lines, key, sent: None, _open: OpenStream::begin() };
    stream::unfold(messages, |mut messages| async move {
        let (stop, key) = (messages.events.app.stop().clone(), messages.key.clone());
        tokio::select! {
            () = stop.stopping() => None,
            () = key.ended() => None,
            bytes = messages.next() => bytes.map(|bytes| (Ok(bytes), messages)),
        }
    })
}

impl Messages {
    /// The next bytes to send, as soon as there are any; `None` when the database does not know its last event.
    async fn next(&mut self) -> Option<Bytes> {
        let silent_until = self.sent.map_or_else(Instant::now, |sent| sent + KEEP_ALIVE);
        let bytes = timeout_at(silent_until, self.next_of_either()).await;
        self.sent = Some(Instant::now());
        bytes.unwrap_or(Some(Bytes::from_static(COMMENT)))
    }

    /// The next events or lines; whoever stops waiting for them loses none. Lines wait until the audit's end is reached: a page that takes long is
    /// not to be read again and again because of them.
    async fn next_of_either(&mut self) -> Option<Bytes> {
        loop {
            let mut bytes = self.events.catch_up().await?;
            if bytes.is_empty() {
                let lines = async {
                    match &mut self.lines {
                        Some(lines) => lines.next().await,
                        None => std::future::pending().await,
                    }
                };
                bytes = tokio::select! {
                    appended = self.events.appended() => appended,
                    lines = lines => lines,
                };
            }
            if !bytes.is_empty() {
                return Some(bytes);
            }
        }
    }
}

impl Events {
    /// The next events of pages of its own; none at the audit's end, from where on the tail's batches follow. `None` when the database does not
    /// know its last event. `after` moves only with what is returned, or past what is not wanted.
    async fn catch_up(&mut self) -> Option<Bytes> {
        while self.news.is_none() {
            match self.read_page().await {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Some(bytes),
                Err(engine::Error::Store(store::Error::PlaceLost)) => return None,
                Err(_) => sleep(OUTAGE_PAUSE).await,
            }
        }
        Some(Bytes::new())
    }

    /// What is wanted of the tail's next batch; perhaps nothing, and then it may be behind the audit's end.
    async fn appended(&mut self) -> Bytes {
        let Some(news) = &mut self.news else { return Bytes::new() };
        match news.recv().await {
            Ok(News::Batch(batch)) if batch.after <= self.after => self.take(&batch),
            // There are events between, or it was too slow for the tail, or the tail says so.
            Ok(_) | Err(_) => {
                self.news = None;
                Bytes::new()
            }
        }
    }

    /// A page of its own; the tail's batches follow the last one.
    async fn read_page(&mut self) -> Result<Bytes, engine::Error> {
        // Before it reads: what is appended from then on is in the page or in a batch.
        let news = self.app.tail().watch();
        let page = within(self.app.store().events(&self.filter, self.after, PAGE)).await?;
        if page.is_last {
            self.news = Some(news);
        }
        self.after = page.read_to;
        Ok(page.events.into_iter().map(message).collect::<String>().into())
    }

    /// What is wanted of a batch, and was not in a page.
    fn take(&mut self, batch: &Batch) -> Bytes {
        let mut bytes = Vec::new();
        for appended in &batch.events {
            if appended.event.id > self.after && self.filter.takes(&appended.event) {
                bytes.extend_from_slice(appended.message(message));
            }
        }
        self.after = self.after.max(batch.read_to);
        bytes.into()
    }
}

fn message(event: Event) -> String {
    let id = event.id;
    // JSON has no line breaks outside strings, and escapes those within: one line of data.
    let data =
        serde_json::to_string(&view::event(event)).expect("the types of the contract have a JSON form");
    format!("id: {id}\ndata: {data}\n\n")
}
