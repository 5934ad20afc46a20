//! `DELETE /v1/templates/{name}`.

use super::in_use::in_use;
use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Deletes a template with all its versions. Pipelines made from it keep its name and version, and a later version goes on counting.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InUse`], [`Error::Unavailable`].
    pub async fn delete_template(&self, name: &str) -> Result<(), Error> {
        transact!(self, work => delete(&mut work, name).await).await
    }
}

async fn delete(work: &mut Work, name: &str) -> Result<(), Interrupt> {
    // The row's lock first: whoever begins to use the template holds it, and is seen afterwards.
    let deleted = sqlx::query!(
        "UPDATE templates SET deleted_at = windlass_now() WHERE name = $1 AND deleted_at IS NULL",
        name
    )
    .execute(work.sql())
    .await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::NotFound(Resource::Template).into());
    }
    if let Some(user) = in_use(work, name).await? {
        return Err(Error::InUse { detail: format!("it is in use by {user}") }.into());
    }
    let versions =
        sqlx::query!("DELETE FROM template_versions WHERE name = $1", name).execute(work.sql()).await?;
    assert!(versions.rows_affected() > 0, "a template that is there has a version");
    work.effects.events.push(Event::template(name, "deleted", Actor::Caller(work.caller)));
    Ok(())
}
