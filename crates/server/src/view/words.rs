//! States and other words of the domain as the contract writes them.

use windlass_domain as domain;
use windlass_wire as wire;

/// A pipeline's state.
pub(crate) fn pipeline_state(state: domain::PipelineState) -> wire::PipelineState {
    match state {
        domain::PipelineState::Pending => wire::PipelineState::Pending,
        domain::PipelineState::Running => wire::PipelineState::Running,
        domain::PipelineState::Succeeded => wire::PipelineState::Succeeded,
        domain::PipelineState::Partial => wire::PipelineState::Partial,
        domain::PipelineState::Failed => wire::PipelineState::Failed,
        domain::PipelineState::Cancelled => wire::PipelineState::Cancelled,
    }
}

/// A job's state.
pub(crate) fn job_state(state: domain::JobState) -> wire::JobState {
    match state {
        domain::JobState::Pending => wire::JobState::Pending,
        domain::JobState::Queued => wire::JobState::Queued,
        domain::JobState::Running => wire::JobState::Running,
        domain::JobState::Succeeded => wire::JobState::Succeeded,
        domain::JobState::Failed => wire::JobState::Failed,
        domain::JobState::Cancelled => wire::JobState::Cancelled,
        domain::JobState::Skipped => wire::JobState::Skipped,
    }
}

/// A task's state.
pub(crate) fn task_state(state: domain::TaskState) -> wire::TaskState {
    match state {
        domain::TaskState::Pending => wire::TaskState::Pending,
        domain::TaskState::Scheduled => wire::TaskState::Scheduled,
        domain::TaskState::Queued => wire::TaskState::Queued,
        domain::TaskState::Running => wire::TaskState::Running,
        domain::TaskState::Succeeded => wire::TaskState::Succeeded,
        domain::TaskState::Failed => wire::TaskState::Failed,
        domain::TaskState::Cancelled => wire::TaskState::Cancelled,
        domain::TaskState::Skipped => wire::TaskState::Skipped,
    }
}

/// A pipeline's priority.
pub(crate) fn priority(priority: domain::Priority) -> wire::Priority {
    match priority {
        domain::Priority::VeryHigh => wire::Priority::VeryHigh,
        domain::Priority::High => wire::Priority::High,
        domain::Priority::Medium => wire::Priority::Medium,
        domain::Priority::Low => wire::Priority::Low,
        domain::Priority::VeryLow => wire::Priority::VeryLow,
    }
}

/// How an attempt ended.
pub(crate) fn outcome(outcome: domain::Outcome) -> wire::Outcome {
    match outcome {
        domain::Outcome::Running => wire::Outcome::Running,
        domain::Outcome::Succeeded => wire::Outcome::Succeeded,
        domain::Outcome::Failed => wire::Outcome::Failed,
        domain::Outcome::Released => wire::Outcome::Released,
        domain::Outcome::Cancelled => wire::Outcome::Cancelled,
        domain::Outcome::Late => wire::Outcome::Late,
    }
}

/// The condition of an edge.
pub(crate) fn when(when: domain::When) -> wire::When {
    match when {
        domain::When::Succeeded => wire::When::Succeeded,
        domain::When::Failed => wire::When::Failed,
        domain::When::Finished => wire::When::Finished,
        domain::When::Always => wire::When::Always,
    }
}

/// How edges decide a job together.
pub(crate) fn join(join: domain::Join) -> wire::Join {
    match join {
        domain::Join::All => wire::Join::All,
        domain::Join::Any => wire::Join::Any,
    }
}

/// What becomes of a run while an earlier pipeline has not ended.
pub(crate) fn overlap(overlap: domain::Overlap) -> wire::Overlap {
    match overlap {
        domain::Overlap::Skip => wire::Overlap::Skip,
        domain::Overlap::Allow => wire::Overlap::Allow,
        domain::Overlap::Cancel => wire::Overlap::Cancel,
        domain::Overlap::Wait => wire::Overlap::Wait,
    }
}

/// What is made up of missed times.
pub(crate) fn missed(missed: domain::Missed) -> wire::Missed {
    match missed {
        domain::Missed::Skip => wire::Missed::Skip,
        domain::Missed::One => wire::Missed::One,
        domain::Missed::All => wire::Missed::All,
    }
}

/// What became of a time of a schedule.
pub(crate) fn run_outcome(outcome: domain::RunOutcome) -> wire::RunOutcome {
    match outcome {
        domain::RunOutcome::Created => wire::RunOutcome::Created,
        domain::RunOutcome::Waiting => wire::RunOutcome::Waiting,
        domain::RunOutcome::Skipped => wire::RunOutcome::Skipped,
        domain::RunOutcome::Missed => wire::RunOutcome::Missed,
        domain::RunOutcome::Failed => wire::RunOutcome::Failed,
        domain::RunOutcome::Triggered => wire::RunOutcome::Triggered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(value: impl serde::Serialize) -> String {
        serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn states_keep_their_words() {
        for state in domain::PipelineState::ALL {
            assert_eq!(word(pipeline_state(state)), state.as_str());
        }
        for state in domain::JobState::ALL {
            assert_eq!(word(job_state(state)), state.as_str());
        }
        for state in domain::TaskState::ALL {
            assert_eq!(word(task_state(state)), state.as_str());
        }
        for one in domain::Priority::ALL {
            assert_eq!(word(priority(one)), one.as_str());
        }
        for one in domain::Overlap::ALL {
            assert_eq!(word(overlap(one)), one.as_str());
        }
        for one in domain::Missed::ALL {
            assert_eq!(word(missed(one)), one.as_str());
        }
        for one in domain::RunOutcome::ALL {
            assert_eq!(word(run_outcome(one)), one.as_str());
        }
        for one in domain::When::ALL {
            assert_eq!(word(when(one)), one.as_str());
        }
    }
}
