//! How far the walk along the deadlines has come (`overdue.rs`), and what could not be cancelled on the way.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::due_mark::DueMark;
use crate::Error;

/// Pipelines whose failure is remembered, so that it is told once.
const REMEMBERED: usize = 1_000;

/// What a look for deadlines that have come led to.
#[derive(Debug, Default)]
pub struct Overdue {
    /// Pipelines found past their deadline.
    pub found: usize,
    /// Those that are cancelled, or being cancelled, because of it.
    pub cancelled: usize,
    /// Those that could not be cancelled and had not failed in the round before, with why.
    pub failed: Vec<(Uuid, Error)>,
    /// More were due than one tick takes.
    pub full: bool,
}

/// How far the walk along the deadlines has come; each server's own.
#[derive(Default)]
pub(crate) struct OverdueWalk {
    pub(super) mark: DueMark,
    round: Mutex<Round>,
}

/// From the earliest deadline that counts to now.
#[derive(Default)]
pub(super) struct Round {
    /// The last deadline of the piece before, and its pipeline; none at the beginning.
    pub(super) after: Option<(DateTime<Utc>, Uuid)>,
    /// Whether something has been left to the next round.
    left: bool,
    /// What could not be cancelled.
    stuck: HashSet<Uuid>,
}

impl OverdueWalk {
    pub(super) fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what became of a piece.
    pub(super) fn note(&self, outcomes: Vec<(Uuid, Result<bool, Error>)>) -> Overdue {
        let mut round = self.round();
        let mut overdue = Overdue { found: outcomes.len(), ..Overdue::default() };
        for (id, outcome) in outcomes {
            match outcome {
                Ok(true) => {
                    overdue.cancelled += 1;
                    round.stuck.remove(&id);
                }
                Ok(false) => round.left = true,
                Err(error) => {
                    round.left = true;
                    if round.stuck.len() < REMEMBERED && round.stuck.insert(id) {
                        overdue.failed.push((id, error));
                    }
                }
            }
        }
        overdue
    }

    /// The look from `from` has come to `now`.
    pub(super) fn end_round(&self, from: DateTime<Utc>, now: DateTime<Utc>) {
        let mut round = self.round();
        if std::mem::take(&mut round.left) {
            self.mark.forget();
        } else {
            self.mark.done(from, now);
            round.stuck.clear();
        }
    }
}
