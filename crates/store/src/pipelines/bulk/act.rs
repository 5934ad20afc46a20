//! A piece of a bulk verb: the verb on one pipeline, if it still fits.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{PipelineState, Priority, Reason};

use super::claim::Claim;
use super::outcome::Outcome;
use crate::events::Actor;
use crate::input::PipelineSet;
use crate::pipelines::cancel::cancel_held;
use crate::pipelines::cancellation::Cancellation;
use crate::pipelines::control::{PipelineStatus, lock_control, look_at};
use crate::pipelines::deadline::check_ahead;
use crate::pipelines::pause::set_paused;
use crate::pipelines::retry::retry;
use crate::pipelines::walk::Asked;
use crate::retry::Scope;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// What is to be done to each pipeline, with the fields of its own that the verb has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkVerb {
    /// As [`Store::cancel_pipeline`].
    Cancel {
        /// As [`Store::clean_up_pipeline`].
        clean_up: bool,
    },
    /// As [`Store::pause_pipeline`].
    Pause,
    /// As [`Store::resume_pipeline`].
    Resume,
    /// As [`Store::retry_pipeline`].
    Retry {
        /// How much runs again.
        scope: Scope,
        /// The deadline from then on.
        deadline_at: Option<DateTime<Utc>>,
    },
}

/// What one bulk verb does to each pipeline.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) set: &'a PipelineSet,
    pub(super) verb: BulkVerb,
    pub(super) reason: Option<&'a Reason>,
    /// Where the outcome is counted.
    pub(super) claim: Option<&'a Claim>,
}

impl Store {
    /// The verb on one pipeline, counted in the same transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn act(&self, piece: Piece<'_>, id: Uuid) -> Result<Outcome, Error> {
        let acted = transact!(self, work => act(&mut work, piece, id).await).await;
        let Err(Error::NotFound(_) | Error::IllegalTransition { .. } | Error::DeadlineNotAhead) = acted
        else {
            return acted;
        };
        // What a refused verb had written is rolled back, so its count is written apart.
        transact!(self, work => count(&mut work, piece, Outcome::Refused).await).await
    }
}

async fn act(work: &mut Work, piece: Piece<'_>, id: Uuid) -> Result<Outcome, Interrupt> {
    // Before it is looked at: no other verb changes what is seen.
    lock_control(work, id).await?;
    if !fits(work, piece.set, id).await? {
        return count(work, piece, Outcome::Refused).await;
    }
    if piece.verb.holds(&look_at(work, id).await?) {
        return count(work, piece, Outcome::Held).await;
    }
    match piece.verb {
        BulkVerb::Cancel { clean_up } => {
            let reason = piece.reason.map(Reason::to_string);
            cancel_held(work, id, &Cancellation { clean_up, reason, actor: Actor::Caller(work.caller) })
                .await?;
        }
        BulkVerb::Pause => drop(set_paused(work, id, true, piece.reason).await?),
        BulkVerb::Resume => drop(set_paused(work, id, false, piece.reason).await?),
        BulkVerb::Retry { scope, deadline_at } => {
            drop(retry(work, id, scope, piece.reason, deadline_at).await?);
        }
    }
    count(work, piece, Outcome::Changed).await
}

async fn count(work: &mut Work, piece: Piece<'_>, outcome: Outcome) -> Result<Outcome, Interrupt> {
    if let Some(claim) = piece.claim {
        claim.advance(work, outcome).await?;
    }
    Ok(outcome)
}

impl BulkVerb {
    /// Refuses what it may ask of no pipeline: a deadline that is not ahead as it begins. One that comes meanwhile refuses single pipelines.
    pub(super) async fn check(self, store: &Store) -> Result<(), Error> {
        let Self::Retry { deadline_at, .. } = self else { return Ok(()) };
        transact!(store, work => check_ahead(&mut work, deadline_at).await).await
    }

    /// Whether what it asks holds already.
    fn holds(self, now: &PipelineStatus) -> bool {
        match self {
            Self::Cancel { clean_up } => now.state == PipelineState::Cancelled || clean_up && now.cancelling,
            Self::Pause => now.paused && !now.state.has_ended(),
            Self::Resume => !now.paused && !now.state.has_ended(),
            Self::Retry { .. } => false,
        }
    }
}

async fn fits(work: &mut Work, set: &PipelineSet, id: Uuid) -> Result<bool, sqlx::Error> {
    let asked = Asked::of(set);
    sqlx::query_file_scalar!(
        "src/pipelines/bulk/fits.sql",
        id,
        asked.states.as_deref() as _,
        set.name.as_deref() as _,
        set.priority.map(Priority::rank) as _,
        set.correlation_id.as_deref() as _,
        set.created_after as _,
        set.created_before as _,
        &asked.names,
        &asked.texts,
        set.template.as_deref() as _,
        set.schedule.as_deref() as _,
    )
    .fetch_one(work.sql())
    .await
}
