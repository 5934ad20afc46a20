//! `POST /v1/pipelines/{id}/retry`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{JobState, Reason};

use super::control::{read_both, state_of};
use super::deadline::check_ahead;
use crate::retry::{Scope, Tasks, carry_out, lock_whole, plan};
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Brings back an ended pipeline's failed and cancelled jobs and those skipped because of them, or every job and task. Its deadline is from
    /// then on this one, or none.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::DeadlineNotAhead`], [`Error::IllegalTransition`] for one that has not ended or where nothing would run again,
    /// [`Error::Unavailable`].
    pub async fn retry_pipeline(
        &self,
        id: Uuid,
        scope: Scope,
        reason: Option<Reason>,
        deadline: Option<DateTime<Utc>>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => retry(&mut work, id, scope, reason.as_ref(), deadline).await).await
    }
}

/// Brings it back; whoever holds its control row may call this as well.
pub(super) async fn retry(
    work: &mut Work,
    id: Uuid,
    scope: Scope,
    reason: Option<&Reason>,
    deadline: Option<DateTime<Utc>>,
) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    let whole = lock_whole(work, id, scope == Scope::All).await?;
    check_ahead(work, deadline).await?;
    let state = state_of(work, id).await?;
    let refused =
        |detail: &str| Error::IllegalTransition { state: state.as_str(), detail: detail.to_owned() };
    if !state.has_ended() {
        return Err(refused("the pipeline has not ended").into());
    }
    let comes_back =
        |state: JobState| scope == Scope::All || matches!(state, JobState::Failed | JobState::Cancelled);
    let tasks = if scope == Scope::All { Tasks::All } else { Tasks::Unsuccessful };
    let seeds: HashMap<Uuid, Tasks> =
        whole.jobs.iter().filter(|job| comes_back(job.state)).map(|job| (job.id, tasks)).collect();
    let plan = plan(&whole, &seeds)?;
    // A join that has succeeded would only do so again.
    if plan.back.values().all(|back| back.job.state == JobState::Succeeded && back.job.counts.total() == 0) {
        return Err(refused("nothing would run again").into());
    }
    carry_out(work, plan, reason, deadline).await?;
    read_both(work, id).await
}
