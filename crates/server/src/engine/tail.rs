//! One reader of the audit's end for all who watch it at this server.
//!
//! Why: a watcher that looks for itself costs a query for each look. So one loop looks, woken by this server's own commits and every
//! [`LOOK_EVERY`] for those of others, and hands each batch to all watchers through one ring of bounded size. While nobody watches it
//! asks nothing.
//!
//! Batches follow each other without a gap: each begins where the one before ended. A watcher that is elsewhere, or for whom the ring has gone on,
//! reads pages of its own until it has read to the end, and is then where the next batch begins or further: it watched before it
//! read, and a page reads as far as the tail has ever looked.
//!
//! What it deliberately does not do: filter, or hold anything for one watcher; a slow one costs the others nothing. How it fails: during an outage
//! it hands out nothing, and goes on after it. When the database was restored from a backup it sends all watchers to look for themselves, since
//! only the database knows which of their positions are still good.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use windlass_store::{self as store, Event, EventCursor, EventFilter, EventPage, Store};

use super::deadline::within;
use super::error::Error;

/// Events of one batch; each has up to some 6 KiB.
const BATCH: i64 = 100;
/// Batches that the ring holds: what a watcher may fall behind before it reads pages of its own.
const RING: usize = 32;
/// How soon events of other servers are looked for; as much again as an event needs to become visible.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The same while all who watch are patient.
const LOOK_SELDOM: Duration = Duration::from_millis(700);
/// The least time between the beginnings of two looks, so that a busy server does not look after each commit.
const LOOK_PAUSE: Duration = Duration::from_millis(50);
/// The pause after a look that failed.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);

/// The audit's end, for all who watch it.
pub(crate) struct Tail {
    ring: broadcast::Sender<News>,
    /// Somebody began to watch.
    watched: Notify,
    /// How many of those who watch do not mind to hear later of what other servers did.
    patient: Arc<AtomicUsize>,
}

/// Watches, and does not mind to hear later of what other servers did.
pub(crate) struct Patient {
    news: broadcast::Receiver<News>,
    count: Arc<AtomicUsize>,
}

impl Patient {
    /// What is heard.
    pub(crate) fn news(&mut self) -> &mut broadcast::Receiver<News> {
        &mut self.news
    }
}

impl Drop for Patient {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What watchers hear.
#[derive(Clone)]
pub(crate) enum News {
    /// To look for themselves: the tail begins, or the database was restored.
    Look,
    /// What was appended.
    Batch(Arc<Batch>),
}

/// Events that follow each other without a gap.
pub(crate) struct Batch {
    /// Where the batch before ended.
    pub(crate) after: EventCursor,
    /// All events behind that, in order; never none.
    pub(crate) events: Vec<Appended>,
    /// Up to where these are all.
    pub(crate) read_to: EventCursor,
}

/// An event, and what its watchers make of it.
pub(crate) struct Appended {
    /// The event.
    pub(crate) event: Event,
    message: OnceLock<Bytes>,
}

/// Where the tail is.
struct Place {
    /// The end of the last batch.
    sent_to: EventCursor,
    /// Up to where it has looked: as far, or further where numbers were drawn in vain.
    read_to: EventCursor,
    history: u32,
}

impl Tail {
    /// One that nobody watches.
    pub(crate) fn new() -> Self {
        Self { ring: broadcast::Sender::new(RING), watched: Notify::new(), patient: Arc::default() }
    }

    /// Begins to watch. Whoever then reads to the end of the audit misses nothing between that and the first batch.
    pub(crate) fn watch(&self) -> broadcast::Receiver<News> {
        let news = self.ring.subscribe();
        self.watched.notify_one();
        news
    }

    /// The same for who hears of what other servers did within a second.
    pub(crate) fn watch_patiently(&self) -> Patient {
        self.patient.fetch_add(1, Ordering::Relaxed);
        Patient { news: self.watch(), count: Arc::clone(&self.patient) }
    }

    /// How soon events of other servers are looked for.
    fn pause(&self) -> Duration {
        let all_are_patient = self.ring.receiver_count() <= self.patient.load(Ordering::Relaxed);
        if all_are_patient { LOOK_SELDOM } else { LOOK_EVERY }
    }

    /// Looks and hands out, while somebody watches, until the stop.
    pub(crate) async fn run(self: Arc<Self>, store: Store, stop: CancellationToken) {
        let forever = async {
            loop {
                self.watched.notified().await;
                self.follow(&store).await;
            }
        };
        Box::pin(stop.run_until_cancelled(forever)).await;
    }

    /// Follows the audit's end until nobody watches.
    async fn follow(&self, store: &Store) {
        let mut place = None;
        while self.ring.receiver_count() > 0 {
            let begun = Instant::now();
            match self.look(store, &mut place).await {
                Ok(true) => {}
                Ok(false) => {
                    tokio::select! {
                        () = store.events_appended() => {}
                        () = sleep(self.pause()) => {}
                        () = self.watched.notified() => {}
                    }
                    sleep_until(begun + LOOK_PAUSE).await;
                }
                Err(_) => sleep(OUTAGE_PAUSE).await,
            }
        }
    }

    /// Hands out what is new; whether there may be more at once.
    async fn look(&self, store: &Store, place: &mut Option<Place>) -> Result<bool, Error> {
        let Some(at) = place else {
            let head = within(store.event_head()).await?;
            *place = Some(Place { sent_to: head.read_to, read_to: head.read_to, history: head.history });
            self.send(News::Look);
            return Ok(true);
        };
        let page = match within(store.events(&EventFilter::default(), at.read_to, BATCH)).await {
            Ok(page) if page.history == at.history => page,
            Ok(_) | Err(Error::Store(store::Error::PlaceLost)) => {
                *place = None;
                return Ok(true);
            }
            Err(error) => return Err(error),
        };
        at.read_to = page.read_to;
        let more = !page.is_last;
        if !page.events.is_empty() {
            let after = std::mem::replace(&mut at.sent_to, page.read_to);
            self.send(News::Batch(Arc::new(Batch::new(after, page))));
        }
        Ok(more)
    }

    /// To all who watch; it is well if nobody does any more.
    fn send(&self, news: News) {
        drop(self.ring.send(news));
    }
}

impl Batch {
    fn new(after: EventCursor, page: EventPage) -> Self {
        let events = page.events.into_iter().map(|event| Appended { event, message: OnceLock::new() });
        Self { after, events: events.collect(), read_to: page.read_to }
    }
}

impl Appended {
    /// The event as a message, made by the first watcher who needs it.
    pub(crate) fn message(&self, make: fn(Event) -> String) -> &[u8] {
        self.message.get_or_init(|| make(self.event.clone()).into())
    }
}
