//! Writing down what became of a time, and moving on to the next.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::RunOutcome;

use super::claim::{Claim, WaitingRun};
use super::hold_waiting::hold_waiting;
use super::schedule::{RunDetail, ScheduledTime};
use crate::events::{Actor, Event};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// The longest reason of an event, in characters.
const REASON: usize = 1_000;

/// What became of a time of which no pipeline was made now.
#[derive(Debug, Clone)]
pub enum Unmade {
    /// It waits for the end of an earlier pipeline.
    Waiting,
    /// An earlier pipeline had not ended, and it does not wait.
    Skipped,
    /// It came while no server was up, perhaps after others that are not made up either.
    Missed {
        /// The newest of them.
        newest: DateTime<Utc>,
        /// How many.
        detail: RunDetail,
    },
    /// Its rendering or its creation failed.
    Failed(RunDetail),
}

/// A run to write down.
pub(super) struct NewRun<'a> {
    pub(super) schedule: (&'a str, Uuid),
    pub(super) scheduled_at: DateTime<Utc>,
    pub(super) outcome: RunOutcome,
    pub(super) pipeline_id: Option<Uuid>,
    pub(super) detail: Option<&'a str>,
}

impl Store {
    /// Records that no pipeline was made for the time claimed, and moves on to `next`. Says whether it did: not where the schedule was changed, or
    /// somebody else was faster.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn record_unmade_run(
        &self,
        claim: &Claim,
        unmade: &Unmade,
        next: Option<ScheduledTime>,
    ) -> Result<bool, Error> {
        transact!(self, work => record_unmade(&mut work, claim, unmade, next).await).await
    }

    /// Records that a run which waited cannot be made. Says whether it did: not where the schedule was paused or deleted, or somebody else was
    /// faster.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn record_failed_waiting_run(
        &self,
        run: &WaitingRun,
        detail: &RunDetail,
    ) -> Result<bool, Error> {
        transact!(self, work => fail_waiting(&mut work, run, detail).await).await
    }

    /// Has a claimed time looked at again in half a second: what it waits for is under way, and looking at once would be looking all the time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn give_back_schedule(&self, claim: &Claim) -> Result<(), Error> {
        let give_back = sqlx::query!(
            "UPDATE schedules SET look_at = windlass_now() + interval '500 milliseconds'
             WHERE name = $1 AND id = $2 AND revision = $3 AND next_run_at = $4",
            claim.name,
            claim.id,
            claim.revision,
            claim.due,
        );
        crate::db::deadline(give_back.execute(&self.db.pool)).await?;
        Ok(())
    }
}

async fn record_unmade(
    work: &mut Work,
    claim: &Claim,
    unmade: &Unmade,
    next: Option<ScheduledTime>,
) -> Result<bool, Interrupt> {
    if !hold_claim(work, claim).await? {
        return Ok(false);
    }
    let (outcome, scheduled_at, detail) = match unmade {
        Unmade::Waiting => (RunOutcome::Waiting, claim.due, None),
        Unmade::Skipped => (RunOutcome::Skipped, claim.due, None),
        Unmade::Missed { newest, detail } => (RunOutcome::Missed, *newest, Some(detail)),
        Unmade::Failed(detail) => (RunOutcome::Failed, claim.due, Some(detail)),
    };
    let run = NewRun {
        schedule: (&claim.name, claim.id),
        scheduled_at,
        outcome,
        pipeline_id: None,
        detail: detail.map(|detail| detail.json.as_str()),
    };
    if insert_run(work, &run).await?
        && let Some(detail) = detail
    {
        tell(work, &claim.name, outcome, detail);
    }
    move_on(work, claim, next).await?;
    Ok(true)
}

async fn fail_waiting(work: &mut Work, run: &WaitingRun, detail: &RunDetail) -> Result<bool, Interrupt> {
    if !hold_waiting(work, run).await? {
        return Ok(false);
    }
    let failed = sqlx::query!(
        "UPDATE schedule_runs SET outcome = 'failed', started_at = windlass_now(), look_at = NULL, detail = $2
         WHERE number = $1 AND outcome = 'waiting'",
        run.number,
        detail.json,
    )
    .execute(work.sql())
    .await?;
    let failed = failed.rows_affected() == 1;
    if failed {
        tell(work, &run.schedule.name, RunOutcome::Failed, detail);
    }
    Ok(failed)
}

/// The event of a run that failed or was missed.
fn tell(work: &mut Work, schedule: &str, outcome: RunOutcome, detail: &RunDetail) {
    let reason = detail.text.chars().take(REASON).collect();
    let event = Event::schedule(schedule, None, outcome.as_str(), Actor::Server);
    work.effects.events.push(event.because(Some(reason)));
}

/// Locks the schedule's row if what was claimed is still its next time.
pub(super) async fn hold_claim(work: &mut Work, claim: &Claim) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        "SELECT 1 FROM schedules
         WHERE name = $1 AND id = $2 AND revision = $3 AND next_run_at = $4 AND NOT paused FOR UPDATE",
        claim.name,
        claim.id,
        claim.revision,
        claim.due,
    )
    .fetch_optional(work.sql())
    .await?;
    Ok(held.is_some())
}

/// Writes a run down; says whether it did. Not where its time has one already.
pub(super) async fn insert_run(work: &mut Work, run: &NewRun<'_>) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "INSERT INTO schedule_runs (
             schedule, schedule_id, scheduled_at, recorded_at, started_at, outcome, pipeline_id, detail, look_at
         )
         SELECT $1, $2::uuid, $3::timestamptz, now, CASE WHEN $4::text NOT IN ('waiting', 'missed') THEN now END, $4, $5::uuid, $6,
             CASE WHEN $4 = 'waiting' THEN now END
         FROM (SELECT windlass_now() AS now) clock
         ON CONFLICT DO NOTHING",
        run.schedule.0,
        run.schedule.1,
        run.scheduled_at,
        run.outcome.as_str(),
        run.pipeline_id,
        run.detail,
    )
    .execute(work.sql())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The schedule's next time, where its row is held. One that is behind queues up behind all others.
pub(super) async fn move_on(
    work: &mut Work,
    claim: &Claim,
    next: Option<ScheduledTime>,
) -> Result<(), sqlx::Error> {
    let moved = sqlx::query!(
        "UPDATE schedules SET
             next_run_at = $3, look_at = CASE WHEN $3::timestamptz IS NOT NULL THEN greatest($4, windlass_now()) END
         WHERE name = $1 AND next_run_at = $2",
        claim.name,
        claim.due,
        next.map(|next| next.at),
        next.map(|next| next.starts_at),
    )
    .execute(work.sql())
    .await?;
    // The row is held, and has this time.
    if moved.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
