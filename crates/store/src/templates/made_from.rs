//! What a pipeline was made from.

use uuid::Uuid;

use crate::db::deadline;
use crate::input::MadeFrom;
use crate::resource::Resource;
use crate::work::{Interrupt, Work};
use crate::{Error, Store};

/// Notes it of new pipelines; refused once one of these versions is gone. No query for none.
pub(crate) async fn write_made_from(work: &mut Work, made: &[(Uuid, &MadeFrom)]) -> Result<(), Interrupt> {
    if made.is_empty() {
        return Ok(());
    }
    // A lock on the versions: a DELETE that has begun is outwaited, one that begins later leaves the name to the pipelines.
    let written = sqlx::query!(
        "WITH made AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) AS m (pipeline_id, template, version, parameters)
         ), held AS MATERIALIZED (
             SELECT v.name, v.version FROM template_versions v
             WHERE (v.name, v.version) IN (SELECT template, version FROM made)
             ORDER BY v.name, v.version
             FOR KEY SHARE
         )
         INSERT INTO pipeline_templates (pipeline_id, template, version, parameters)
         SELECT made.pipeline_id, held.name, held.version, made.parameters
         FROM made JOIN held ON held.name = made.template AND held.version = made.version",
        &made.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        &made.iter().map(|(_, from)| from.template.as_str()).collect::<Vec<_>>() as &[&str],
        &made.iter().map(|(_, from)| from.version).collect::<Vec<_>>(),
        &made.iter().map(|(_, from)| from.parameters.as_str()).collect::<Vec<_>>() as &[&str],
    )
    .execute(work.sql())
    .await?;
    if written.rows_affected() != made.len() as u64 {
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
