//! The states of a pipeline, and how its jobs make it end.

use crate::InvalidTransition;

/// A pipeline's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PipelineState {
    /// Nothing leased or ended yet. Left by its first lease or first ended job.
    Pending,
    /// Under way. Left when it is sealed and all its jobs have ended, or by a cancel.
    Running,
    /// Every job succeeded or was a branch not taken. Left by a retry only.
    Succeeded,
    /// Some work was done, none failed that may not. Left by a retry only.
    Partial,
    /// A job failed that has not `allow_failure`. Left by a retry only.
    Failed,
    /// Cancelled since its last retry, or nothing ran. Left by a retry only.
    Cancelled,
}

/// What can happen to a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineEvent {
    /// A first lease, or a first ended job.
    Start,
    /// Its jobs have decided it.
    End(PipelineEnd),
    /// It is cancelled.
    Cancel,
    /// It is cancelled, but for jobs that clean up: when they have ended it is cancelled. One that had not started does so thereby, because jobs
    /// without edges are not spared.
    CleanUp,
    /// It is brought back.
    Retry,
}

/// How its jobs make a pipeline end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineEnd {
    /// See [`PipelineState::Succeeded`].
    Succeeded,
    /// See [`PipelineState::Partial`].
    Partial,
    /// See [`PipelineState::Failed`].
    Failed,
    /// See [`PipelineState::Cancelled`].
    Cancelled,
}

/// Jobs of a pipeline by what they mean for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PipelineTally {
    /// Not ended.
    pub open: i32,
    /// Succeeded.
    pub succeeded: i32,
    /// Failed without `allow_failure`.
    pub failed: i32,
    /// Failed with `allow_failure`.
    pub failed_allowed: i32,
    /// Cancelled.
    pub cancelled: i32,
    /// Skipped because something went wrong, or by hand.
    pub skipped: i32,
    /// Skipped as a branch not taken.
    pub not_taken: i32,
}

impl PipelineState {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Succeeded, Self::Partial, Self::Failed, Self::Cancelled];

    /// The word of the public JSON and of the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether the state is terminal.
    pub fn has_ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// The state that `event` leads to. A retried pipeline is under way again.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the event makes no sense.
    pub fn on(self, event: PipelineEvent) -> Result<Self, InvalidTransition> {
        match (self, event) {
            (Self::Pending | Self::Running, PipelineEvent::Start | PipelineEvent::CleanUp) => {
                Ok(Self::Running)
            }
            (Self::Pending | Self::Running, PipelineEvent::End(end)) => Ok(end.state()),
            (Self::Pending | Self::Running, PipelineEvent::Cancel) => Ok(Self::Cancelled),
            (ended, PipelineEvent::Retry) if ended.has_ended() => Ok(Self::Running),
            _ => Err(InvalidTransition { state: self.as_str(), event: event.as_str() }),
        }
    }
}

impl PipelineEvent {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End(_) => "end",
            Self::Cancel => "cancel",
            Self::CleanUp => "clean_up",
            Self::Retry => "retry",
        }
    }
}

impl PipelineEnd {
    /// The state that this end is.
    pub fn state(self) -> PipelineState {
        match self {
            Self::Succeeded => PipelineState::Succeeded,
            Self::Partial => PipelineState::Partial,
            Self::Failed => PipelineState::Failed,
            Self::Cancelled => PipelineState::Cancelled,
        }
    }
}

impl PipelineTally {
    /// Whether a pipeline that is sealed as it is done is so: none of its jobs is open, and one has failed, or all have succeeded. One that was
    /// skipped or cancelled by itself leaves it as it is.
    pub fn is_done(&self) -> bool {
        let others = self.failed_allowed + self.cancelled + self.skipped + self.not_taken;
        self.open == 0 && (self.failed > 0 || self.succeeded > 0 && others == 0)
    }

    /// All its jobs.
    pub fn jobs(&self) -> i32 {
        let ended = self.succeeded + self.failed + self.failed_allowed + self.cancelled + self.skipped;
        self.open + ended + self.not_taken
    }

    /// How a pipeline with these jobs ends, if it does. `cancelled`: it was since its last retry, at once or with clean-up.
    pub fn end(&self, sealed: bool, cancelled: bool) -> Option<PipelineEnd> {
        if !sealed || self.open > 0 {
            return None;
        }
        Some(if cancelled {
            PipelineEnd::Cancelled
        } else if self.failed > 0 {
            PipelineEnd::Failed
        } else if self.failed_allowed + self.cancelled + self.skipped == 0 {
            PipelineEnd::Succeeded
        } else if self.succeeded + self.failed_allowed > 0 {
            PipelineEnd::Partial
        } else {
            PipelineEnd::Cancelled
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_meets_every_event() {
        use PipelineEvent as E;
        use PipelineState as S;
        let events = [E::Start, E::End(PipelineEnd::Partial), E::Cancel, E::CleanUp, E::Retry];
        let open = [Some(S::Running), Some(S::Partial), Some(S::Cancelled), Some(S::Running), None];
        let ended = [None, None, None, None, Some(S::Running)];
        for state in PipelineState::ALL {
            let row = if state.has_ended() { ended } else { open };
            for (event, next) in events.into_iter().zip(row) {
                assert_eq!(state.on(event).ok(), next, "{state:?} on {event:?}");
            }
        }
    }

    #[test]
    fn one_that_is_sealed_as_it_is_done_ends_with_its_last_success_or_a_failure() {
        let none = PipelineTally::default();
        assert!(!none.is_done(), "one without jobs waits for them");
        assert!(PipelineTally { succeeded: 2, ..none }.is_done());
        assert!(PipelineTally { succeeded: 1, failed: 1, skipped: 2, ..none }.is_done());
        for goes_on in [
            PipelineTally { open: 1, succeeded: 2, ..none },
            PipelineTally { succeeded: 1, skipped: 1, ..none },
            PipelineTally { succeeded: 1, cancelled: 1, ..none },
            PipelineTally { cancelled: 1, ..none },
        ] {
            assert!(!goes_on.is_done(), "{goes_on:?}");
        }
        assert_eq!(PipelineTally { open: 1, succeeded: 2, not_taken: 3, ..none }.jobs(), 6);
    }

    #[test]
    fn the_jobs_decide_in_the_order_of_the_rule() {
        let none = PipelineTally::default();
        let ended = |tally: PipelineTally| tally.end(true, false);
        assert_eq!(ended(PipelineTally { open: 1, failed: 1, ..none }), None);
        assert_eq!(none.end(false, false), None);
        assert_eq!(none.end(true, true), Some(PipelineEnd::Cancelled));
        assert_eq!(ended(none), Some(PipelineEnd::Succeeded));
        assert_eq!(ended(PipelineTally { succeeded: 1, not_taken: 1, ..none }), Some(PipelineEnd::Succeeded));
        assert_eq!(ended(PipelineTally { succeeded: 9, failed: 1, ..none }), Some(PipelineEnd::Failed));
        assert_eq!(ended(PipelineTally { failed_allowed: 1, ..none }), Some(PipelineEnd::Partial));
        assert_eq!(ended(PipelineTally { succeeded: 1, skipped: 1, ..none }), Some(PipelineEnd::Partial));
        assert_eq!(ended(PipelineTally { cancelled: 1, skipped: 2, ..none }), Some(PipelineEnd::Cancelled));
    }
}
