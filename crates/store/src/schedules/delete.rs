//! `DELETE /v1/schedules/{name}`: its pipelines and events stay. Its runs can be found by nobody from then on, and are pruned.

use windlass_domain::ScheduleName;

use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Deletes a schedule, and drops a run that waits.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn delete_schedule(&self, name: &ScheduleName) -> Result<(), Error> {
        transact!(self, work => delete(&mut work, name.as_str()).await).await
    }
}

async fn delete(work: &mut Work, name: &str) -> Result<(), Interrupt> {
    let id = sqlx::query_scalar!("DELETE FROM schedules WHERE name = $1 RETURNING id", name)
        .fetch_optional(work.sql())
        .await?
        .ok_or(Error::NotFound(Resource::Schedule))?;
    sqlx::query!("DELETE FROM schedule_runs WHERE schedule_id = $1 AND outcome = 'waiting'", id)
        .execute(work.sql())
        .await?;
    work.effects.events.push(Event::schedule(name, None, "deleted", Actor::Caller(work.caller)));
    Ok(())
}
