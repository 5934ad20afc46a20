//! A job's row as its transaction holds it.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobCounts, JobEnd, JobState, JobTerms, Join, Seal, SealedBy};

use crate::queues::QueueDelta;

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
    pub(crate) join: Join,
    /// Edges that it waits for.
    pub(crate) unmet: i32,
    pub(crate) not_taken: bool,
    /// It had no tasks and succeeded as it opened.
    pub(crate) passed: bool,
    /// Skipped by hand.
    pub(crate) by_hand: bool,
    pub(crate) allow_failure: bool,
    pub(crate) seal: Seal,
    pub(crate) fail_fast: bool,
    pub(crate) max_failed_tasks: i32,
    /// Before this its tasks do not run.
    pub(crate) run_at: Option<DateTime<Utc>>,
    /// Stale tasks count as queued.
    pub(crate) counts: JobCounts,
    /// Tasks that came back by a retry and whose rows are not brought back yet.
    pub(crate) stale: i64,
    /// It waits to be let go, as for one edge more.
    pub(crate) held: bool,
    /// Once it has failed it is frozen: see [`LockedJob::takes_reports`].
    pub(crate) freezes: bool,
    /// It has failed, and what runs may still report.
    pub(crate) frozen: bool,
}

impl LockedJob {
    /// How its tasks make it end, if it is open and they do.
    pub(crate) fn end(&self) -> Option<JobEnd> {
        let terms = JobTerms {
            sealed: self.seal.is_on(),
            fail_fast: self.fail_fast,
            max_failed_tasks: self.max_failed_tasks.into(),
        };
        if self.state.is_open() { self.counts.end(terms) } else { None }
    }

    /// Whether its running tasks may report: it is open, or frozen.
    pub(crate) fn takes_reports(&self) -> bool {
        self.state.is_open() || self.frozen
    }

    /// What it contributes to its type's counters: nothing while it is not open, but for what runs in one that is frozen, and all that waits is
    /// scheduled until its own `run_at` has come.
    pub(crate) fn contribution(&self) -> QueueDelta {
        let JobCounts { queued, scheduled, running, .. } = self.counts;
        if self.frozen {
            return QueueDelta { running, ..QueueDelta::default() };
        }
        match (self.state.is_open(), self.due) {
            (false, _) => QueueDelta::default(),
            (true, true) => QueueDelta { queued, scheduled, running },
            (true, false) => QueueDelta { queued: 0, scheduled: queued + scheduled, running },
        }
    }

    /// Whether what waits in it can be leased now: a dequeue brings back the stale tasks that it needs.
    pub(crate) fn is_dispatchable(&self) -> bool {
        self.state.is_open() && self.due && !self.paused && !self.pipeline_paused && self.counts.queued > 0
    }
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
    pub(crate) sealed_by: Option<String>,
    pub(crate) seals_on_open: bool,
    pub(crate) passed: bool,
    pub(crate) join_any: bool,
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
    pub(crate) seals_on_lease: Option<bool>,
    pub(crate) held: Option<bool>,
    pub(crate) freezes: Option<bool>,
    pub(crate) frozen: Option<bool>,
    pub(crate) kept: Option<bool>,
}

impl JobRow {
    /// Where it has ended and its tasks keep their states, those that had not ended share its end all the same.
    fn counts(&self) -> JobCounts {
        let counts = JobCounts {
            queued: i64::from(self.queued) + i64::from(self.left_over),
            scheduled: self.scheduled.into(),
            running: self.running.into(),
            succeeded: self.succeeded.into(),
            failed: self.failed.into(),
            cancelled: self.cancelled.into(),
            skipped: self.skipped.into(),
        };
        if self.kept == Some(true) { counts.share_end_of(job_state(&self.state)) } else { counts }
    }
}

impl From<JobRow> for LockedJob {
    fn from(row: JobRow) -> Self {
        let counts = row.counts();
        let on_lease = row.seals_on_lease == Some(true);
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
            join: if row.join_any { Join::Any } else { Join::All },
            unmet: row.unmet,
            not_taken: row.not_taken,
            passed: row.passed,
            by_hand: row.by_hand,
            allow_failure: row.allow_failure,
            seal: Seal { on_lease, ..stored_seal(row.sealed, row.sealed_by.as_deref(), row.seals_on_open) },
            fail_fast: row.fail_fast,
            max_failed_tasks: row.max_failed_tasks,
            run_at: row.run_at,
            counts,
            stale: row.left_over.into(),
            held: row.held == Some(true),
            freezes: row.freezes == Some(true),
            frozen: row.frozen == Some(true),
        }
    }
}

/// The seal that these columns stand for, of a job or of a pipeline.
pub(crate) fn stored_seal(sealed: bool, by: Option<&str>, on_open: bool) -> Seal {
    let by = SealedBy::parse(by).expect("a CHECK holds sealed_by to the known words");
    Seal { by: sealed.then_some(by), on_open, on_lease: false }
}

/// The state of a stored word.
pub(crate) fn job_state(word: &str) -> JobState {
    JobState::parse(word).expect("a CHECK holds jobs.state to the known words")
}
