//! `/v1/events`.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{self, Stream};
use uuid::Uuid;
use windlass_wire::{Event, EventPage};

use super::Cursor;
use crate::event_stream::EventStream;
use crate::{Client, Error, EventFilter};

/// The pause before a stream that broke off is opened again, unless the server asks for another.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that a server is granted.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

impl Client {
    /// One page of the audit trail, oldest first, from `cursor` on; an empty page means nothing new yet.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_events(&self, filter: &EventFilter, cursor: Option<&str>) -> Result<EventPage, Error> {
        self.fetch(self.get(&["v1", "events"]).query(filter).query(&Cursor { cursor })).await
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
                if ready.is_empty() {
                    let page = client.list_events(&filter, cursor.as_deref()).await?;
                    cursor = Some(page.next_cursor);
                    ready = page.items.into();
                }
                Ok(ready.pop_front().map(|event| (event, (client, cursor, ready))))
            }
        })
    }

    /// The events of a pipeline, or all, as they happen: from now on, or behind the event with the id `after`. It has no
    /// end: a server that goes away is waited for, and then nothing is missed or returned twice, unless it went before the
    /// first event came.
    ///
    /// Its first item is an error if the server cannot be reached at the start; any error is the last item.
    pub fn follow_events(
        &self,
        pipeline_id: Option<Uuid>,
        after: Option<&str>,
    ) -> impl Stream<Item = Result<Event, Error>> + use<> {
        let follower = Follower {
            client: self.clone(),
            pipeline_id,
            last: after.map(str::to_owned),
            open: None,
            opened: false,
            pause: PAUSE,
            ready: VecDeque::new(),
        };
        stream::try_unfold(follower, |mut follower| async move {
            let event = follower.next().await?;
            Ok(Some((event, follower)))
        })
    }
}

/// A reader of the stream and its position, over any number of connections.
struct Follower {
    client: Client,
    pipeline_id: Option<Uuid>,
    last: Option<String>,
    open: Option<EventStream>,
    opened: bool,
    pause: Duration,
    ready: VecDeque<Result<Event, Error>>,
}

impl Follower {
    async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return event;
            }
            match self.read().await {
                Ok(events) => self.ready = events.into(),
                Err(error) if self.opened && error.is_transient() => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "opening the events again");
                    self.open = None;
                    tokio::time::sleep(self.pause).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Result<Event, Error>>, Error> {
        let open = match &mut self.open {
            Some(open) => open,
            closed => {
                let stream = self.client.open_events(self.pipeline_id, self.last.as_deref()).await?;
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
