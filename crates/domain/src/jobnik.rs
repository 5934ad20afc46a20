//! What Jobnik's wire contract calls the states of pipelines, jobs and tasks (there: jobs, stages and tasks), and who may ask for which.

use crate::{JobState, PipelineState, TaskState};

/// The status of what Jobnik calls a job: our pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobnikJobStatus {
    /// None of its tasks was ever leased.
    Pending,
    /// One was.
    InProgress,
    /// Nothing of it is handed out.
    Paused,
    /// All its stages are.
    Completed,
    /// A task of it has failed for good.
    Failed,
    /// It was asked for.
    Aborted,
}

/// The status of a stage: our job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobnikStageStatus {
    /// It waits for the stage before.
    Created,
    /// It waits to be let go.
    Waiting,
    /// Its tasks may be dequeued, and none was.
    Pending,
    /// One was.
    InProgress,
    /// All its tasks are.
    Completed,
    /// A task of it has failed for good.
    Failed,
    /// It was skipped or cancelled by itself, which only our own surface can.
    Aborted,
}

/// The status of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobnikTaskStatus {
    /// It waits.
    Pending,
    /// A worker has it.
    InProgress,
    /// It was reported so.
    Completed,
    /// Its last attempt failed, or it was cancelled, which only our own surface can.
    Failed,
    /// An attempt failed, and it waits for the next one.
    Retried,
}

/// What a stage is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobnikStageStanding {
    /// The job's state.
    pub state: JobState,
    /// It waits to be let go.
    pub held: bool,
    /// Its pipeline's end has ended it, and what it was then is shown.
    pub kept: bool,
    /// It has opened.
    pub opened: bool,
    /// A task of it was leased.
    pub started: bool,
}

impl JobnikJobStatus {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::InProgress, Self::Paused, Self::Completed, Self::Failed, Self::Aborted];

    /// Of a pipeline.
    pub fn of(state: PipelineState, paused: bool) -> Self {
        match state {
            PipelineState::Pending | PipelineState::Running if paused => Self::Paused,
            PipelineState::Pending => Self::Pending,
            PipelineState::Running => Self::InProgress,
            PipelineState::Succeeded | PipelineState::Partial => Self::Completed,
            PipelineState::Failed => Self::Failed,
            PipelineState::Cancelled => Self::Aborted,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    /// Whether a client may have it become `asked`, which is one of PENDING, PAUSED and ABORTED.
    pub fn may_become(self, asked: Self) -> bool {
        match asked {
            Self::Pending => self == Self::Paused,
            Self::Paused => matches!(self, Self::Pending | Self::InProgress),
            Self::Aborted => matches!(self, Self::Pending | Self::InProgress | Self::Paused),
            Self::InProgress | Self::Completed | Self::Failed => false,
        }
    }

    /// Whether it is final.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Aborted)
    }
}

impl JobnikStageStatus {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Created,
        Self::Waiting,
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Aborted,
    ];

    /// Of a job.
    pub fn of(job: JobnikStageStanding) -> Self {
        match job.state {
            JobState::Pending if job.held => Self::Waiting,
            JobState::Pending => Self::Created,
            JobState::Queued => Self::Pending,
            JobState::Running => Self::InProgress,
            JobState::Succeeded => Self::Completed,
            JobState::Failed => Self::Failed,
            JobState::Cancelled | JobState::Skipped if !job.kept => Self::Aborted,
            JobState::Cancelled | JobState::Skipped => match (job.started, job.opened) {
                (true, _) => Self::InProgress,
                (false, true) => Self::Pending,
                (false, false) if job.held => Self::Waiting,
                (false, false) => Self::Created,
            },
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Waiting => "WAITING",
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl JobnikTaskStatus {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::InProgress, Self::Completed, Self::Failed, Self::Retried];

    /// Of a task in this effective state, which has had so many attempts.
    pub fn of(state: TaskState, attempts: i32) -> Self {
        match state {
            TaskState::Pending | TaskState::Queued | TaskState::Scheduled if attempts > 0 => Self::Retried,
            TaskState::Pending | TaskState::Queued | TaskState::Scheduled => Self::Pending,
            TaskState::Running => Self::InProgress,
            TaskState::Succeeded => Self::Completed,
            TaskState::Failed | TaskState::Cancelled | TaskState::Skipped => Self::Failed,
        }
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Retried => "RETRIED",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// What a report of a failure asks for, of a task of which so many attempts have failed.
    pub fn after_failure(failed: i32, max_attempts: i32) -> Self {
        if failed.saturating_add(1) < max_attempts { Self::Retried } else { Self::Failed }
    }
}

/// How many of a hundred `part` is of `whole`, cut.
pub fn percent(part: i64, whole: i64) -> i32 {
    if whole <= 0 { 0 } else { i32::try_from(part.clamp(0, whole) * 100 / whole).unwrap_or(100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_pause_resume_and_abort_what_has_not_ended() {
        use JobnikJobStatus as S;
        let table = [
            (S::Pending, [false, true, true]),
            (S::InProgress, [false, true, true]),
            (S::Paused, [true, false, true]),
            (S::Completed, [false; 3]),
            (S::Failed, [false; 3]),
            (S::Aborted, [false; 3]),
        ];
        for (from, may) in table {
            assert_eq!([S::Pending, S::Paused, S::Aborted].map(|to| from.may_become(to)), may, "{from:?}");
            for never in [S::InProgress, S::Completed, S::Failed] {
                assert!(!from.may_become(never));
            }
            assert_eq!(from.has_ended(), may == [false; 3]);
        }
    }

    #[test]
    fn a_pipeline_is_paused_until_it_ends() {
        for state in PipelineState::ALL {
            let paused = JobnikJobStatus::of(state, true);
            assert_eq!(paused == JobnikJobStatus::Paused, !state.has_ended(), "{state:?}");
            if state.has_ended() {
                assert_eq!(paused, JobnikJobStatus::of(state, false));
            }
        }
        assert_eq!(JobnikJobStatus::of(PipelineState::Running, false), JobnikJobStatus::InProgress);
    }

    fn stage(state: JobState) -> JobnikStageStanding {
        JobnikStageStanding { state, held: false, kept: false, opened: false, started: false }
    }

    #[test]
    fn a_stage_shows_its_state_or_what_it_was_when_its_job_ended() {
        use JobnikStageStatus as S;
        let plain = [S::Created, S::Pending, S::InProgress, S::Completed, S::Failed, S::Aborted, S::Aborted];
        for (state, status) in JobState::ALL.into_iter().zip(plain) {
            assert_eq!(S::of(stage(state)), status, "{state:?}");
        }
        assert_eq!(S::of(JobnikStageStanding { held: true, ..stage(JobState::Pending) }), S::Waiting);
        for state in [JobState::Cancelled, JobState::Skipped] {
            let kept = JobnikStageStanding { kept: true, ..stage(state) };
            assert_eq!(S::of(kept), S::Created);
            assert_eq!(S::of(JobnikStageStanding { held: true, ..kept }), S::Waiting);
            assert_eq!(S::of(JobnikStageStanding { opened: true, ..kept }), S::Pending);
            assert_eq!(S::of(JobnikStageStanding { opened: true, started: true, ..kept }), S::InProgress);
        }
    }

    #[test]
    fn a_task_that_waits_after_a_failure_is_retried() {
        use JobnikTaskStatus as S;
        for state in TaskState::ALL {
            let waits = matches!(state, TaskState::Pending | TaskState::Queued | TaskState::Scheduled);
            assert_eq!(S::of(state, 0) == S::Pending, waits);
            assert_eq!(S::of(state, 1) == S::Retried, waits);
        }
        assert_eq!(S::of(TaskState::Running, 3), S::InProgress);
        assert_eq!(S::of(TaskState::Cancelled, 0), S::Failed);
        assert_eq!(S::after_failure(0, 1), S::Failed);
        assert_eq!(S::after_failure(0, 2), S::Retried);
        assert_eq!(S::after_failure(i32::MAX, i32::MAX), S::Failed);
    }

    #[test]
    fn percentages_are_cut() {
        for (part, whole, expected) in
            [(0, 0, 0), (0, 3, 0), (1, 3, 33), (2, 3, 66), (3, 3, 100), (4, 3, 100)]
        {
            assert_eq!(percent(part, whole), expected);
        }
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for status in JobnikStageStatus::ALL {
            assert_eq!(JobnikStageStatus::parse(status.as_str()), Some(status));
        }
        for status in JobnikTaskStatus::ALL {
            assert_eq!(JobnikTaskStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(JobnikTaskStatus::parse("pending"), None);
    }
}
