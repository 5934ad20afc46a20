//! `GET /v1/events?newest=true`: the end of the audit, or of what a filter takes of it.
//!
//! Which number the walk begins behind is found first, backwards along the walk's index; then it is read forwards, as any page. Where the filter has no index a
//! window of events is read so, then the one before it, until enough are found.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::cursor::EventCursor;
use super::filter::EventFilter;
use super::read::{EventPage, LONGEST_PAGE, LOOKS_FOR};
use super::walk::Walk;
use crate::db::deadline;
use crate::view::Event;
use crate::{Error, Store};

impl Store {
    /// The newest events that the filter takes, oldest first, up to `limit` (at least 1; 500 at the most), and the position of the audit's end. A page
    /// may have fewer where a second of looking found no more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn newest_events(&self, filter: &EventFilter, limit: i64) -> Result<EventPage, Error> {
        let seen = self.end_of_events().await?;
        let wanted = usize::try_from(limit.min(LONGEST_PAGE)).unwrap_or(0);
        let (mut events, mut upper) = (VecDeque::<Event>::new(), seen.horizon());
        let begun = Instant::now();
        while events.len() < wanted && upper > 0 && begun.elapsed() < LOOKS_FOR {
            let rows = if filter.narrows() { LONGEST_PAGE } else { limit.min(LONGEST_PAGE) };
            let behind = self.number_before(filter, upper, rows).await?;
            let found = self.walk(filter, behind, LONGEST_PAGE).await?;
            let found = found.into_iter().filter(|row| row.number <= upper);
            let found = found.map(|row| row.event(&seen.histories)).filter(|event| filter.takes(event));
            for event in found.collect::<Vec<_>>().into_iter().rev().take(wanted - events.len()) {
                events.push_front(event);
            }
            upper = behind;
        }
        let end: EventCursor = seen.cursor(seen.horizon());
        Ok(EventPage { events: events.into(), ..seen.end(end) })
    }

    /// The number behind which the last `rows` of a walk up to `upper` begin; 0 where there are no more than those.
    async fn number_before(&self, filter: &EventFilter, upper: i64, rows: i64) -> Result<i64, Error> {
        let pool = &self.db.pool;
        let number = async {
            match Walk::of(filter) {
                Walk::All => {
                    let number = sqlx::query_scalar!(
                        "SELECT number FROM events WHERE number <= $1 ORDER BY number DESC OFFSET $2 LIMIT 1",
                        upper,
                        rows
                    );
                    number.fetch_optional(pool).await
                }
                Walk::Pipeline(id) => {
                    let number = sqlx::query_scalar!(
                        "SELECT number FROM events WHERE (pipeline_id, number) <= ($3::uuid, $1) AND pipeline_id >= $3
                         ORDER BY pipeline_id DESC, number DESC OFFSET $2 LIMIT 1",
                        upper,
                        rows,
                        id
                    );
                    number.fetch_optional(pool).await
                }
                Walk::Job(id) => {
                    let number = sqlx::query_scalar!(
                        "SELECT number FROM events WHERE (job_id, number) <= ($3::uuid, $1) AND job_id >= $3
                         ORDER BY job_id DESC, number DESC OFFSET $2 LIMIT 1",
                        upper,
                        rows,
                        id
                    );
                    number.fetch_optional(pool).await
                }
                Walk::Task(id) => {
                    let number = sqlx::query_scalar!(
                        "SELECT number FROM events WHERE (task_id, number) <= ($3::uuid, $1) AND task_id >= $3
                         ORDER BY task_id DESC, number DESC OFFSET $2 LIMIT 1",
                        upper,
                        rows,
                        id
                    );
                    number.fetch_optional(pool).await
                }
            }
        };
        Ok(deadline(number).await?.unwrap_or(0))
    }
}
