//! `POST /v1/pipelines/{id}/seal`: no more jobs will come.

use uuid::Uuid;
use windlass_domain::Reason;

use super::control::{lock_control, look_at, read_both};
use crate::rollup::end_marked_pipeline;
use crate::view::{Job, Pipeline};
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Seals a pipeline, which ends it if all its jobs have ended; changes nothing if it is sealed already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn seal_pipeline(
        &self,
        id: Uuid,
        reason: Option<Reason>,
    ) -> Result<(Pipeline, Vec<Job>), Error> {
        transact!(self, work => seal(&mut work, id, reason.as_ref()).await).await
    }
}

async fn seal(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<(Pipeline, Vec<Job>), Interrupt> {
    if look_at(work, id).await?.sealed {
        return read_both(work, id).await;
    }
    lock_control(work, id).await?;
    let sealed = sqlx::query!(
        "UPDATE pipelines SET sealed = true, sealed_by = 'person', reason = coalesce($2, reason) WHERE id = $1 AND NOT sealed",
        id,
        reason.map(Reason::as_str),
    )
    .execute(work.sql())
    .await?;
    if sealed.rows_affected() == 1 {
        end_marked_pipeline(work, id).await?;
    }
    read_both(work, id).await
}
