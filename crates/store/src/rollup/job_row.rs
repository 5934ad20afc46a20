//! Job rows as their transactions hold them.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobCounts, JobEnd, JobState, JobTerms};

use crate::queue_counts::QueueDelta;
use crate::transaction::{Interrupt, Work};

/// A job whose row this transaction has locked.
#[derive(Debug, Clone)]
pub(crate) struct LockedJob {
    pub(crate) id: Uuid,
    pub(crate) pipeline_id: Uuid,
    pub(crate) key: String,
    pub(crate) type_name: String,
    pub(crate) state: JobState,
    pub(crate) paused: bool,
    pub(crate) pipeline_paused: bool,
    /// `run_at` has come.
    pub(crate) due: bool,
    pub(crate) run: i32,
    pub(crate) unmet: i32,
    pub(crate) not_taken: bool,
    /// Skipped by hand.
    pub(crate) by_hand: bool,
    pub(crate) allow_failure: bool,
    pub(crate) terms: JobTerms,
    /// Before this its tasks do not run.
    pub(crate) run_at: Option<DateTime<Utc>>,
    /// What is left over counts as queued.
    pub(crate) counts: JobCounts,
    /// Tasks that came back by a retry and whose rows are not brought back yet.
    pub(crate) left_over: i64,
}

impl LockedJob {
    /// How its tasks make it end, if it is open and they do.
    pub(crate) fn end(&self) -> Option<JobEnd> {
        if self.state.is_open() { self.counts.end(self.terms) } else { None }
    }

    /// What it contributes to its type's counters: nothing while it is not open, and all that waits is scheduled
    /// until its own `run_at` has come.
    pub(crate) fn contribution(&self) -> QueueDelta {
        let JobCounts { queued, scheduled, running, .. } = self.counts;
        match (self.state.is_open(), self.due) {
            (false, _) => QueueDelta::default(),
            (true, true) => QueueDelta { queued, scheduled, running },
            (true, false) => QueueDelta { queued: 0, scheduled: queued + scheduled, running },
        }
    }

    /// Whether what waits in it can be leased now: a dequeue brings back what it needs of what is left over.
    pub(crate) fn is_dispatchable(&self) -> bool {
        self.state.is_open() && self.due && !self.paused && !self.pipeline_paused && self.counts.queued > 0
    }
}

impl Work {
    /// Takes over what a job changed of its type's counters, and announces what it made ready.
    pub(crate) fn count_job(&mut self, before: &LockedJob, after: &LockedJob) {
        let (old, new) = (before.contribution(), after.contribution());
        let delta = QueueDelta {
            queued: new.queued - old.queued,
            scheduled: new.scheduled - old.scheduled,
            running: new.running - old.running,
        };
        self.count(&after.type_name, delta);
        for _ in new.running..old.running {
            self.announce_room(&after.type_name);
        }
        if after.is_dispatchable() {
            let before = if before.is_dispatchable() { before.counts.queued } else { 0 };
            self.announce(&after.type_name, after.counts.queued - before);
        }
    }
}

/// Locks jobs in id order and returns them so; those that do not exist are left out.
///
/// # Errors
/// [`Interrupt::Widen`] when one lies below what this transaction holds.
pub(crate) async fn lock_jobs(work: &mut Work, ids: &[Uuid]) -> Result<Vec<LockedJob>, Interrupt> {
    let (Some(lowest), Some(highest)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
    if !work.wide && *lowest <= work.highest_job {
        return Err(Interrupt::Widen);
    }
    work.highest_job = work.highest_job.max(*highest);
    let rows = sqlx::query_as!(
        JobRow,
        "SELECT j.id, pipeline_id, key, type, state, paused, pipeline_paused, due, run, unmet, not_taken, by_hand,
                allow_failure, sealed, fail_fast, max_failed_tasks, run_at,
                queued, scheduled, running, succeeded, failed, cancelled, skipped, left_over
         FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) AS asked (id) ORDER BY id) asked
         CROSS JOIN LATERAL (
             SELECT * FROM jobs WHERE id >= asked.id AND id <= asked.id ORDER BY id DESC LIMIT 1
             FOR NO KEY UPDATE
         ) j",
        ids,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(LockedJob::from).collect())
}

/// All jobs of a pipeline in id order as they are now, locked or not.
pub(crate) async fn look_at_jobs(work: &mut Work, pipeline: Uuid) -> Result<Vec<LockedJob>, sqlx::Error> {
    let rows = sqlx::query_as!(
        JobRow,
        "SELECT id, pipeline_id, key, type, state, paused, pipeline_paused, due, run, unmet, not_taken, by_hand,
                allow_failure, sealed, fail_fast, max_failed_tasks, run_at,
                queued, scheduled, running, succeeded, failed, cancelled, skipped, left_over
         FROM jobs WHERE pipeline_id = $1 ORDER BY id",
        pipeline,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(rows.into_iter().map(LockedJob::from).collect())
}

/// A job row as it is read.
pub(crate) struct JobRow {
    pub(crate) id: Uuid,
    pub(crate) pipeline_id: Uuid,
    pub(crate) key: String,
    pub(crate) r#type: String,
    pub(crate) state: String,
    pub(crate) paused: bool,
    pub(crate) pipeline_paused: bool,
    pub(crate) due: bool,
    pub(crate) run: i32,
    pub(crate) unmet: i32,
    pub(crate) not_taken: bool,
    pub(crate) by_hand: bool,
    pub(crate) allow_failure: bool,
    pub(crate) sealed: bool,
    pub(crate) fail_fast: bool,
    pub(crate) max_failed_tasks: i32,
    pub(crate) run_at: Option<DateTime<Utc>>,
    pub(crate) queued: i32,
    pub(crate) scheduled: i32,
    pub(crate) running: i32,
    pub(crate) succeeded: i32,
    pub(crate) failed: i32,
    pub(crate) cancelled: i32,
    pub(crate) skipped: i32,
    pub(crate) left_over: i32,
}

impl From<JobRow> for LockedJob {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            pipeline_id: row.pipeline_id,
            key: row.key,
            type_name: row.r#type,
            state: job_state(&row.state),
            paused: row.paused,
            pipeline_paused: row.pipeline_paused,
            due: row.due,
            run: row.run,
            unmet: row.unmet,
            not_taken: row.not_taken,
            by_hand: row.by_hand,
            allow_failure: row.allow_failure,
            terms: JobTerms {
                sealed: row.sealed,
                fail_fast: row.fail_fast,
                max_failed_tasks: row.max_failed_tasks.into(),
            },
            run_at: row.run_at,
            counts: JobCounts {
                queued: i64::from(row.queued) + i64::from(row.left_over),
                scheduled: row.scheduled.into(),
                running: row.running.into(),
                succeeded: row.succeeded.into(),
                failed: row.failed.into(),
                cancelled: row.cancelled.into(),
                skipped: row.skipped.into(),
            },
            left_over: row.left_over.into(),
        }
    }
}

/// The state of a stored word.
pub(crate) fn job_state(word: &str) -> JobState {
    JobState::parse(word).expect("a CHECK holds jobs.state to the known words")
}

/// In a wide transaction: takes the pipelines' control rows, in order. Tasks may be locked after it, and then
/// [`lock_all_jobs`].
pub(crate) async fn lock_controls(work: &mut Work, pipelines: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT pipeline_id FROM pipeline_controls WHERE pipeline_id = ANY($1) ORDER BY pipeline_id FOR UPDATE",
        pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(())
}

/// Locks the jobs of a pipeline that have not ended; the caller holds its control row, so none can be added meanwhile.
pub(crate) async fn lock_open_jobs(work: &mut Work, pipeline: Uuid) -> Result<Vec<LockedJob>, Interrupt> {
    let ids =
        sqlx::query_scalar!("SELECT id FROM jobs WHERE pipeline_id = $1 AND ended_at IS NULL", pipeline)
            .fetch_all(work.sql())
            .await?;
    let jobs = lock_jobs(work, &ids).await?;
    Ok(jobs.into_iter().filter(|job| !job.state.has_ended()).collect())
}

/// In a wide transaction: locks all jobs of these pipelines that have not ended, in order.
pub(crate) async fn lock_all_jobs(work: &mut Work, pipelines: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "SELECT id FROM jobs WHERE pipeline_id = ANY($1) AND ended_at IS NULL ORDER BY id FOR NO KEY UPDATE",
        pipelines,
    )
    .fetch_all(work.sql())
    .await?;
    Ok(())
}
