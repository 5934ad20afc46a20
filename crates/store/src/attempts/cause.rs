//! What ends an attempt.

use uuid::Uuid;
use windlass_domain::Verb;

use super::report::Report;
use crate::events::Actor;

/// What ends an attempt.
#[derive(Clone, Copy)]
pub(crate) enum Cause<'a> {
    /// Its worker says so.
    Reported(&'a Report),
    /// The sweeper found the lease due.
    Expired { task: Uuid, token: Uuid },
}

impl<'a> Cause<'a> {
    pub(super) fn task(&self) -> Uuid {
        match self {
            Self::Reported(report) => report.task(),
            Self::Expired { task, .. } => *task,
        }
    }

    pub(super) fn token(&self) -> Uuid {
        match self {
            Self::Reported(report) => report.token(),
            Self::Expired { token, .. } => *token,
        }
    }

    pub(super) fn report(&self) -> Option<&'a Report> {
        match self {
            Self::Reported(report) => Some(report),
            Self::Expired { .. } => None,
        }
    }

    /// Whether its report carries more than ends the attempt.
    pub(super) fn carries_more(&self) -> bool {
        self.report().is_some_and(Report::carries_more)
    }

    /// Who ends it.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Reported(report) => Actor::Worker(report.caller()),
            Self::Expired { .. } => Actor::Server,
        }
    }

    pub(super) fn verb(&self) -> Option<Verb> {
        match self {
            Self::Reported(report) => Some(report.verb()),
            Self::Expired { .. } => None,
        }
    }
}
