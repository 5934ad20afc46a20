//! Making the pipelines of many schedules' times in one transaction: for each its run, its pipeline and its next time.
//!
//! As [`start`](super::start) does for one. A transaction for each would be as many commits and ten times the statements where a thousand are due in one
//! second. Of a schedule there is one time at the most.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::claim::Claim;
use super::schedule::ScheduledTime;
use crate::input::NewPipeline;
use crate::pipelines::create_many;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// The pipeline of a time that was claimed.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// The time.
    pub claim: Claim,
    /// What to make.
    pub new: NewPipeline,
    /// When the schedule comes next.
    pub next: Option<ScheduledTime>,
}

impl RunStart {
    /// Bytes of JSON that its pipeline carries, with the parameters that it was rendered with.
    pub fn bytes(&self) -> usize {
        self.new.bytes() + self.new.made_from.as_ref().map_or(0, |from| from.parameters.as_str().len())
    }
}

/// As [`Store::start_run`] answers.
type Outcome = Result<Option<Uuid>, Error>;

impl Store {
    /// Makes the pipelines of all these times, each as [`start_run`](Self::start_run) does, and answers in their order.
    ///
    /// # Errors
    /// Those of the batch as a whole: whatever one of them meets, [`Error::DeadlineNotAhead`] aside, which it has alone.
    pub async fn start_runs(&self, starts: &[RunStart]) -> Result<Vec<Outcome>, Error> {
        transact!(self, work => start_all(&mut work, starts).await).await
    }
}

async fn start_all(work: &mut Work, starts: &[RunStart]) -> Result<Vec<Outcome>, Interrupt> {
    let held = hold_claims(work, starts).await?;
    let taken = have_pipelines(work, starts).await?;
    let now = work.now().await?;
    let is_late = |start: &RunStart| start.new.deadline_at.is_some_and(|deadline| deadline <= now);
    let is_to_move = |at: &usize| held.contains(at) && (taken.contains(at) || !is_late(&starts[*at]));
    let moved: Vec<&RunStart> = (0..starts.len()).filter(is_to_move).map(|at| &starts[at]).collect();
    let is_to_make = |at: &usize| held.contains(at) && !taken.contains(at) && !is_late(&starts[*at]);
    let places: Vec<usize> = (0..starts.len()).filter(is_to_make).collect();
    let new: Vec<&NewPipeline> = places.iter().map(|at| &starts[*at].new).collect();
    let ids = if new.is_empty() { Vec::new() } else { create_many(work, &new, now).await? };
    let made: Vec<&Claim> = places.iter().map(|at| &starts[*at].claim).collect();
    insert_runs(work, &made, &ids).await?;
    move_all_on(work, &moved).await?;
    let mut outcomes: Vec<Outcome> = (0..starts.len()).map(|_| Ok(None)).collect();
    for (at, start) in starts.iter().enumerate() {
        if held.contains(&at) && !taken.contains(&at) && is_late(start) {
            outcomes[at] = Err(Error::DeadlineNotAhead);
        }
    }
    for (at, id) in places.into_iter().zip(ids) {
        outcomes[at] = Ok(Some(id));
    }
    Ok(outcomes)
}

/// Locks the rows of the schedules of which what was claimed is still the next time; which of the starts these are.
async fn hold_claims(work: &mut Work, starts: &[RunStart]) -> Result<HashSet<usize>, sqlx::Error> {
    // By name, so that two transactions never wait for each other.
    let held = sqlx::query_scalar!(
        r#"SELECT asked.place AS "place!"
           FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::timestamptz[]) WITH ORDINALITY AS asked (name, id, revision, due, place)
           JOIN schedules s ON s.name = asked.name
           WHERE s.id = asked.id AND s.revision = asked.revision AND s.next_run_at = asked.due AND NOT s.paused
           ORDER BY s.name
           FOR UPDATE OF s"#,
        &starts.iter().map(|start| start.claim.name.as_str()).collect::<Vec<_>>() as &[&str],
        &starts.iter().map(|start| start.claim.id).collect::<Vec<_>>(),
        &starts.iter().map(|start| start.claim.revision).collect::<Vec<_>>(),
        &starts.iter().map(|start| start.claim.due).collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    Ok(places(&held))
}

/// Those of which the time has a pipeline, or will have one. A statement of its own: under the locks nothing changes any more.
async fn have_pipelines(work: &mut Work, starts: &[RunStart]) -> Result<HashSet<usize>, sqlx::Error> {
    let taken = sqlx::query_scalar!(
        r#"SELECT asked.place AS "place!"
           FROM unnest($1::uuid[], $2::timestamptz[]) WITH ORDINALITY AS asked (id, due, place)
           CROSS JOIN LATERAL (
               SELECT FROM schedule_runs
               WHERE schedule_id = asked.id AND scheduled_at = asked.due AND outcome IN ('created', 'triggered', 'waiting')
               OFFSET 0
           ) run"#,
        &starts.iter().map(|start| start.claim.id).collect::<Vec<_>>(),
        &starts.iter().map(|start| start.claim.due).collect::<Vec<_>>(),
    )
    .fetch_all(work.sql())
    .await?;
    Ok(places(&taken))
}

/// Places from 0, of places from 1.
fn places(counted: &[i64]) -> HashSet<usize> {
    counted.iter().filter_map(|place| usize::try_from(place - 1).ok()).collect()
}

async fn insert_runs(work: &mut Work, made: &[&Claim], pipelines: &[Uuid]) -> Result<(), sqlx::Error> {
    let inserted = sqlx::query!(
        "INSERT INTO schedule_runs (schedule, schedule_id, scheduled_at, recorded_at, started_at, outcome, pipeline_id)
         SELECT name, id, due, windlass_now(), windlass_now(), 'created', pipeline
         FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::uuid[]) AS made (name, id, due, pipeline)
         ON CONFLICT DO NOTHING",
        &made.iter().map(|claim| claim.name.as_str()).collect::<Vec<_>>() as &[&str],
        &made.iter().map(|claim| claim.id).collect::<Vec<_>>(),
        &made.iter().map(|claim| claim.due).collect::<Vec<_>>(),
        pipelines,
    )
    .execute(work.sql())
    .await?;
    // Under the locks their times had no run a moment ago.
    if inserted.rows_affected() == made.len() as u64 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// The next times of schedules whose rows are held.
async fn move_all_on(work: &mut Work, starts: &[&RunStart]) -> Result<(), sqlx::Error> {
    let next = |value: fn(&ScheduledTime) -> DateTime<Utc>| -> Vec<Option<DateTime<Utc>>> {
        starts.iter().map(|start| start.next.as_ref().map(value)).collect()
    };
    let moved = sqlx::query!(
        "UPDATE schedules s SET
             next_run_at = m.next, look_at = CASE WHEN m.next IS NOT NULL THEN greatest(m.starts_at, windlass_now()) END
         FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) AS m (name, due, next, starts_at)
         WHERE s.name = m.name AND s.next_run_at = m.due",
        &starts.iter().map(|start| start.claim.name.as_str()).collect::<Vec<_>>() as &[&str],
        &starts.iter().map(|start| start.claim.due).collect::<Vec<_>>(),
        &next(|next| next.at) as &[Option<DateTime<Utc>>],
        &next(|next| next.starts_at) as &[Option<DateTime<Utc>>],
    )
    .execute(work.sql())
    .await?;
    // The rows are held, and have these times.
    if moved.rows_affected() == starts.len() as u64 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
