//! `DELETE /v1/pipelines/{id}`: a tombstone that every read honours; the rows go later, in bounded batches.

use uuid::Uuid;

use super::control::{lock_control, state_of};
use crate::events::{Actor, Event};
use crate::jobs::thaw;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Deletes a pipeline that has ended, with its jobs, tasks and attempts. Its events stay until retention takes them.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one deleted before, [`Error::NotTerminal`], [`Error::Unavailable`].
    pub async fn delete_pipeline(&self, id: Uuid) -> Result<(), Error> {
        transact!(self, work => delete(&mut work, id).await).await
    }
}

async fn delete(work: &mut Work, id: Uuid) -> Result<(), Interrupt> {
    lock_control(work, id).await?;
    let state = state_of(work, id).await?;
    if !state.has_ended() {
        return Err(Error::NotTerminal.into());
    }
    thaw(work, id).await?;
    sqlx::query!("UPDATE pipelines SET deleted_at = windlass_now() WHERE id = $1", id)
        .execute(work.sql())
        .await?;
    let event = Event::pipeline(id, Some(state.as_str()), state.as_str(), Actor::Caller(work.caller));
    work.effects.events.push(event.flagged("deleted"));
    Ok(())
}
