//! `GET /v1/events`: the audit in commit order.
//!
//! An event's number is drawn in the transaction of the change, while the changed row is locked: the events of one thing are in the
//! order of its changes. (The transaction's own id would not do: it is assigned when a transaction begins to write, and one that then waits for a
//! lock changes the row after a younger one.) But a serial number shows 2 before 1 when the transaction that drew 1 commits later. So readers
//! are shown events up to a horizon only: the last number drawn at a moment, once every transaction that was under way at that moment has
//! ended. A reader that goes on after the last event it saw therefore misses none. What a restored backup does to that: `histories.rs`.

use std::time::Duration;

use tokio::time::Instant;

use super::cursor::EventCursor;
use super::filter::EventFilter;
use super::histories::Histories;
use super::horizon::Candidate;
use super::reading::Reading;
use super::walk::{Row, Walk};
use crate::db::deadline;
use crate::view::Event;
use crate::{Error, Store};

/// How long a reader waits for transactions under way; they take a few milliseconds, and what is not shown now is shown next time.
const PATIENCE: Duration = Duration::from_millis(400);
/// The first pause between two looks for who is still writing, doubled by each further one up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(40);
/// Events of a page at the most, as the walks' statements have it.
pub(super) const LONGEST_PAGE: i64 = 500;
/// How long a page goes on to look for what its filter takes: some 500 windows.
pub(super) const LOOKS_FOR: Duration = Duration::from_secs(1);
/// The same as long as it has found none: a reader takes an empty page for the end.
const LOOKS_FOR_ANY: Duration = Duration::from_secs(5);

/// What a look at the audit's end found.
pub(crate) struct Seen {
    pub(super) histories: Histories,
    /// The last number drawn.
    drawn: i64,
    /// The highest number below which all can be read.
    horizon: i64,
}

/// Some of the audit.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// Up to where all that the reader wants is in these events or before them: a reader goes on from here.
    pub read_to: EventCursor,
    /// The same for a reader who takes a position that stays for the end: it moves only with events that were found, or past a whole
    /// window of others.
    pub next: EventCursor,
    /// Whether this is all that can be read now.
    pub is_last: bool,
    /// Which history the audit is in, 0 for the first. Another one than before: the database was restored from a backup, and each reader's position
    /// is to be checked anew.
    pub history: u32,
}

impl Store {
    /// The events after `after`, oldest first, up to `limit` (at least 1; 500 at the most). A page may have fewer, but has none only when
    /// nothing new can be shown yet, or none was found within five seconds; in the latter case it is not the last.
    ///
    /// # Errors
    /// [`Error::PlaceLost`], [`Error::Unavailable`].
    pub async fn events(
        &self,
        filter: &EventFilter,
        after: EventCursor,
        limit: i64,
    ) -> Result<EventPage, Error> {
        let seen = self.look_at_events().await?;
        seen.histories.check(after, seen.drawn)?;
        let most = limit.min(LONGEST_PAGE);
        let mut reading = Reading::behind(after.number, most);
        let begun = Instant::now();
        while reading.number < seen.horizon && reading.wanted() > 0 {
            let looks_for = if reading.wanted() == most { LOOKS_FOR_ANY } else { LOOKS_FOR };
            if begun.elapsed() >= looks_for {
                break;
            }
            let rows = self.walk(filter, reading.number, reading.wanted()).await?;
            reading.take(rows, filter, &seen.histories, seen.horizon);
        }
        Ok(seen.page(after, reading))
    }

    /// The first rows behind `number` that a walk for the filter finds.
    pub(super) async fn walk(
        &self,
        filter: &EventFilter,
        number: i64,
        limit: i64,
    ) -> Result<Vec<Row>, Error> {
        let walk = Walk::of(filter);
        let rows = async {
            if filter.narrows() {
                walk.read_window(&self.db.pool, number, limit, filter).await
            } else {
                walk.read(&self.db.pool, number, limit).await
            }
        };
        Ok(deadline(rows).await?)
    }

    /// Refuses a position behind which a reader cannot go on.
    ///
    /// # Errors
    /// [`Error::PlaceLost`], [`Error::Unavailable`].
    pub async fn check_event_cursor(&self, after: EventCursor) -> Result<(), Error> {
        let seen = self.look_at_events().await?;
        seen.histories.check(after, seen.drawn)
    }

    /// No events, and the position after which all are yet to come.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn event_head(&self) -> Result<EventPage, Error> {
        let seen = self.look_at_events().await?;
        Ok(seen.end(seen.histories.cursor(seen.horizon)))
    }

    /// Waits until this process has committed events since the last wait; one reader at a time. What other servers commit it does not see.
    pub async fn events_appended(&self) {
        self.observers.appended.notified().await;
    }

    /// The audit's end, for a reader of its own.
    pub(crate) async fn end_of_events(&self) -> Result<Seen, Error> {
        self.look_at_events().await
    }

    /// Waits until everybody who writes now has ended: what commits from then on has drawn, or will draw, higher numbers than were drawn before.
    pub(crate) async fn outwait_writers(&self) -> Result<(), Error> {
        let candidate = self.candidate(0).await?;
        self.outwait(&candidate.writers_below).await
    }

    /// Finds the highest number below which every event can be read: the last one drawn now, if those who were writing now end within
    /// [`PATIENCE`], else one found earlier. One statement where nothing was drawn since.
    async fn look_at_events(&self) -> Result<Seen, Error> {
        let drawn = sqlx::query!(
            r#"SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS "number!",
                      ARRAY(SELECT epoch FROM event_histories ORDER BY epoch) AS "epochs!",
                      ARRAY(SELECT last_common FROM event_histories ORDER BY epoch) AS "last_common!"
               FROM event_numbers"#
        );
        let drawn = deadline(drawn.fetch_one(&self.db.pool)).await?;
        let histories = Histories::new(drawn.epochs, drawn.last_common);
        let (drawn, epoch) = (drawn.number, histories.present());
        let patient = tokio::time::timeout(PATIENCE, self.raise_horizon(epoch, drawn)).await;
        if let Ok(Err(error)) = patient {
            return Err(error);
        }
        Ok(Seen { histories, drawn, horizon: self.memory.event_horizon.of(epoch) })
    }

    /// Outwaits writers until all up to the number drawn can be read.
    async fn raise_horizon(&self, epoch: u32, drawn: i64) -> Result<(), Error> {
        let horizon = &self.memory.event_horizon;
        while horizon.of(epoch) < drawn {
            let candidate = match horizon.candidate(epoch) {
                Some(candidate) => candidate,
                None => horizon.propose(epoch, self.candidate(drawn).await?),
            };
            self.outwait(&candidate.writers_below).await?;
            horizon.raise(epoch, candidate.number);
        }
        Ok(())
    }

    /// The number drawn, and who was writing by then.
    async fn candidate(&self, drawn: i64) -> Result<Candidate, Error> {
        // A statement of its own, because a statement's snapshot is older than what it reads of a sequence. It takes an id of its own: transactions
        // that drew up to that number have lower ones. (A snapshot's xmax is only one past the highest id that has ended: younger writers
        // may be under way.)
        let next = sqlx::query_scalar!(r#"SELECT pg_current_xact_id()::text AS "next!""#);
        let writers_below = deadline(next.fetch_one(&self.db.pool)).await?;
        Ok(Candidate { number: drawn, writers_below })
    }

    /// Waits until every transaction of this database before `next` has ended.
    async fn outwait(&self, next: &str) -> Result<(), Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            // Ids are the cluster's. Whose they are is asked only once waiting takes long: that costs more than the look itself.
            let ended = sqlx::query_scalar!(
                r#"SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8
                       OR $2 AND windlass_oldest_writer() >= $1::text::xid8 AS "ended!""#,
                next,
                pause == LONGEST_PAUSE
            );
            if ended.fetch_one(&self.db.pool).await? {
                return Ok(());
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

impl Seen {
    /// The highest number below which all can be read.
    pub(crate) fn horizon(&self) -> i64 {
        self.horizon
    }

    /// The position of an event's number.
    pub(crate) fn cursor(&self, number: i64) -> EventCursor {
        self.histories.cursor(number)
    }

    /// What was read behind this position.
    fn page(&self, after: EventCursor, read: Reading) -> EventPage {
        let position = |number| if number > after.number { self.histories.cursor(number) } else { after };
        EventPage {
            read_to: position(read.number),
            next: position(read.next),
            is_last: read.number >= self.horizon,
            events: read.events,
            history: self.histories.present(),
        }
    }

    /// A page without events that reads up to this position.
    pub(super) fn end(&self, read_to: EventCursor) -> EventPage {
        let history = self.histories.present();
        EventPage { events: Vec::new(), read_to, next: read_to, is_last: true, history }
    }
}
