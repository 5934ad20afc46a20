//! `/v1/events`.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{self, Stream, TryStreamExt};
use serde::Serialize;
use windlass_wire::{Event, EventPage};

use super::Cursor;
use crate::event_stream::EventStream;
use crate::{Client, Error, EventFilter, Followed};

/// The pause before a stream that broke off is opened again, unless the server asks for another.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that a server is granted.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// That the end of the audit trail is wanted.
#[derive(Serialize)]
struct Newest {
    newest: bool,
}

impl Client {
    /// One page of the audit trail, oldest first, from `cursor` on. An empty page means nothing new yet, unless its `next_cursor` has moved:
    /// then the server has looked for five seconds and found none that the filter takes.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_events(&self, filter: &EventFilter, cursor: Option<&str>) -> Result<EventPage, Error> {
        self.fetch(self.get(&["v1", "events"]).query(filter).query(&Cursor { cursor })).await
    }

    /// The newest events that the filter takes, oldest first, as many as its `limit`; `next_cursor` is the present end of the audit trail.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn newest_events(&self, filter: &EventFilter) -> Result<EventPage, Error> {
        self.fetch(self.get(&["v1", "events"]).query(filter).query(&Newest { newest: true })).await
    }

    /// The audit trail, oldest first, behind the event with the id `after`, up to its present end.
    pub fn events(
        &self,
        filter: EventFilter,
        after: Option<&str>,
    ) -> impl Stream<Item = Result<Event, Error>> + use<> {
        let start = (self.clone(), after.map(str::to_owned), VecDeque::new());
        stream::try_unfold(start, move |(client, mut cursor, mut ready)| {
            let filter = filter.clone();
            async move {
                let mut moved = true;
                while ready.is_empty() && moved {
                    let page = client.list_events(&filter, cursor.as_deref()).await?;
                    moved = cursor.as_ref() != Some(&page.next_cursor);
                    cursor = Some(page.next_cursor);
                    ready = page.items.into();
                }
                Ok(ready.pop_front().map(|event| (event, (client, cursor, ready))))
            }
        })
    }

    /// The events that the filter takes, as they happen: from now on, or behind the event with the id `after`. It has no end: a server that
    /// goes away is waited for, and then nothing is missed or returned twice, unless it went before the first event came. The filter's `limit`
    /// does not count.
    ///
    /// Its first item is an error if the server cannot be reached at the start; any error is the last item.
    pub fn follow_events(
        &self,
        filter: EventFilter,
        after: Option<&str>,
    ) -> impl Stream<Item = Result<Event, Error>> + use<> {
        let followed = self.follow(filter, after, false);
        followed.try_filter_map(async |followed| {
            Ok(match followed {
                Followed::Event(event) => Some(*event),
                Followed::Progress(_) => None,
            })
        })
    }

    /// The same, and between them how far the jobs are: of each that runs at most a line a second, when it has changed. The filter's pipeline,
    /// job, task (of which the job) and type say of which jobs; while the server is away lines are lost.
    pub fn follow_events_and_progress(
        &self,
        filter: EventFilter,
        after: Option<&str>,
    ) -> impl Stream<Item = Result<Followed, Error>> + use<> {
        self.follow(filter, after, true)
    }

    fn follow(
        &self,
        filter: EventFilter,
        after: Option<&str>,
        progress: bool,
    ) -> impl Stream<Item = Result<Followed, Error>> + use<> {
        let follower = Follower {
            client: self.clone(),
            filter: EventFilter { limit: None, ..filter },
            progress,
            last: after.map(str::to_owned),
            open: None,
            opened: false,
            pause: PAUSE,
            ready: VecDeque::new(),
        };
        stream::try_unfold(follower, |mut follower| async move {
            let next = follower.next().await?;
            Ok(Some((next, follower)))
        })
    }
}

/// A reader of the stream and its position, over any number of connections.
struct Follower {
    client: Client,
    filter: EventFilter,
    progress: bool,
    last: Option<String>,
    open: Option<EventStream>,
    opened: bool,
    pause: Duration,
    ready: VecDeque<Result<Followed, Error>>,
}

impl Follower {
    async fn next(&mut self) -> Result<Followed, Error> {
        loop {
            if let Some(followed) = self.ready.pop_front() {
                return followed;
            }
            match self.read().await {
                Ok(followed) => self.ready = followed.into(),
                Err(error) if self.opened && error.is_transient() => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "opening the events again");
                    self.open = None;
                    tokio::time::sleep(self.pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Result<Followed, Error>>, Error> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let stream =
                    self.client.open_events(&self.filter, self.progress, self.last.as_deref()).await?;
                self.opened = true;
                closed.insert(stream)
            }
        };
        let events = open.read().await?;
        if let Some(id) = open.last_id() {
            self.last = Some(id.to_owned());
        }
        if let Some(pause) = open.pause() {
            self.pause = pause.min(LONGEST_PAUSE);
        }
        Ok(events)
    }
}
