//! Reads the audit for webhooks: what happened, without what belongs to it, behind the reader's position.

use uuid::Uuid;
use windlass_domain::Happening;

use crate::db::deadline;
use crate::events::{EventCursor, Seen};
use crate::{Error, Store};

/// Events that one look passes at the most.
const MOST: usize = 2_000;

/// Some of the audit that webhooks may be told.
#[derive(Debug, Clone)]
pub struct Skimmed {
    /// The position that it is behind.
    pub position: i64,
    /// Up to where it was read.
    pub read_to: i64,
    /// What of it webhooks can be told, oldest first.
    pub events: Vec<SkimmedEvent>,
    /// Whether there is more to read at once.
    pub more: bool,
}

/// An event that webhooks can be told.
#[derive(Debug, Clone)]
pub struct SkimmedEvent {
    /// Its number.
    pub number: i64,
    /// Its id, as it is shown.
    pub id: EventCursor,
    /// What happened.
    pub happening: Happening,
    /// The pipeline; nil of events of schedules.
    pub pipeline_id: Uuid,
    /// The job.
    pub job_id: Option<Uuid>,
    /// The task.
    pub task_id: Option<Uuid>,
    /// The schedule, of its own events.
    pub schedule: Option<String>,
}

struct Row {
    number: i64,
    entity: String,
    pipeline_id: Uuid,
    job_id: Option<Uuid>,
    task_id: Option<Uuid>,
    to_state: String,
    flag: Option<String>,
    schedule: Option<String>,
}

impl Row {
    fn event(self, end: &Seen) -> Option<SkimmedEvent> {
        let happening = Happening::of(&self.entity, &self.to_state, self.flag.as_deref())?;
        Some(SkimmedEvent {
            number: self.number,
            id: end.cursor(self.number),
            happening,
            pipeline_id: self.pipeline_id,
            job_id: self.job_id,
            task_id: self.task_id,
            schedule: self.schedule,
        })
    }
}

/// Where the reader is, and whether anybody waits for it.
struct Place {
    position: i64,
    waited_for: bool,
}

impl Store {
    /// What was appended behind the reader's position and can be read now, if any webhook waits for events, and no other server reads.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn skim_events(&self) -> Result<Option<Skimmed>, Error> {
        let place = deadline(self.reader_place()).await?;
        if !place.waited_for {
            return Ok(None);
        }
        let end = self.end_of_events().await?;
        let position = place.position;
        if end.horizon() <= position || !deadline(self.become_reader()).await? {
            return Ok(None);
        }
        let rows = deadline(self.read_behind(position)).await?;
        let (read, horizon) = (rows.len(), end.horizon());
        let shown: Vec<Row> = rows.into_iter().take_while(|row| row.number <= horizon).collect();
        // A look that is not full has read all that there is: numbers that nobody has used are passed.
        let read_to = if read < MOST { horizon } else { shown.last().map_or(position, |row| row.number) };
        let events = shown.into_iter().filter_map(|row| row.event(&end)).collect();
        Ok(Some(Skimmed { position, read_to, events, more: read_to < horizon }))
    }

    /// The event of this number, if webhooks can be told it, and it is still there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn skimmed_event(&self, number: i64) -> Result<Option<SkimmedEvent>, Error> {
        let end = self.end_of_events().await?;
        let row = sqlx::query_as!(
            Row,
            "SELECT number, entity, pipeline_id, job_id, task_id, to_state, flag, schedule FROM events
             WHERE number >= $1 AND number <= $1 ORDER BY number LIMIT 1",
            number,
        );
        Ok(deadline(row.fetch_optional(&self.db.pool)).await?.and_then(|row| row.event(&end)))
    }

    async fn reader_place(&self) -> Result<Place, Error> {
        let place = sqlx::query_as!(
            Place,
            r#"SELECT position, EXISTS (
                   SELECT FROM webhook_periods p WHERE p.ends_at IS NULL OR p.ends_at > r.position
               ) AS "waited_for!"
               FROM webhook_reader r"#
        );
        Ok(place.fetch_one(&self.db.pool).await?)
    }

    /// Whether this server reads for the next seconds: no other does. It spares the work of two; that nothing is planned twice is the
    /// position's.
    async fn become_reader(&self) -> Result<bool, Error> {
        let become_it = sqlx::query!(
            "UPDATE webhook_reader SET server = $1, reads_until = windlass_now() + interval '3 seconds'
             WHERE server = $1 OR reads_until <= windlass_now()",
            self.memory.instance,
        );
        Ok(become_it.execute(&self.db.pool).await?.rows_affected() == 1)
    }

    async fn read_behind(&self, position: i64) -> Result<Vec<Row>, Error> {
        // The horizon is no condition: a walk ends by its limit (see the walks of the audit).
        let rows = sqlx::query_as!(
            Row,
            "SELECT number, entity, pipeline_id, job_id, task_id, to_state, flag, schedule FROM events
             WHERE number > $1 ORDER BY number LIMIT 2000",
            position,
        );
        Ok(rows.fetch_all(&self.db.pool).await?)
    }
}
