//! What a pipeline was made from.

use uuid::Uuid;

use crate::db::deadline;
use crate::input::MadeFrom;
use crate::resource::Resource;
use crate::work::{Interrupt, Work};
use crate::{Error, Store};

/// Notes it of a new pipeline; refused once that version of the template is gone.
pub(crate) async fn write_made_from(work: &mut Work, id: Uuid, from: &MadeFrom) -> Result<(), Interrupt> {
    // A lock on the version: a DELETE that has begun is outwaited, one that begins later leaves the name to the pipeline.
    let written = sqlx::query!(
        "WITH version AS (SELECT name, version FROM template_versions WHERE name = $2 AND version = $3 FOR KEY SHARE)
         INSERT INTO pipeline_templates (pipeline_id, template, version, parameters)
         SELECT $1, name, version, $4 FROM version",
        id,
        from.template,
        from.version,
        from.parameters.as_str(),
    )
    .execute(work.sql())
    .await?;
    if written.rows_affected() == 0 {
        return Err(Error::NotFound(Resource::Template).into());
    }
    Ok(())
}

impl Store {
    /// Whether there is a template of this name, for requests that are refused for another reason only if it is there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn template_exists(&self, name: &str) -> Result<bool, Error> {
        let found = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM templates WHERE name = $1 AND deleted_at IS NULL) AS "found!""#,
            name
        );
        Ok(deadline(found.fetch_one(&self.db.pool)).await?)
    }
}
