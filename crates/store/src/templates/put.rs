//! `PUT /v1/templates/{name}`.

use windlass_domain::{Json, TemplateName};

use super::read::read_version;
use crate::events::{Actor, Event};
use crate::view::Template;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// A version to keep.
#[derive(Debug, Clone)]
pub struct NewTemplate {
    /// Its name.
    pub name: TemplateName,
    /// What it is for, for people.
    pub description: Option<String>,
    /// JSON Schema of its parameters.
    pub parameters: Json,
    /// The body with expressions.
    pub pipeline: Json,
    /// The same for all that says the same: SHA-256 of description, parameters and body, whatever the order of their keys.
    pub fingerprint: [u8; 32],
}

/// What a PUT did.
#[derive(Debug, Clone)]
pub enum Put {
    /// It made this version.
    Made(Template),
    /// Nothing differs from this version, the newest.
    Same(Template),
}

impl Store {
    /// Makes the next version of a template, unless nothing differs from the newest.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn put_template(&self, new: &NewTemplate) -> Result<Put, Error> {
        transact!(self, work => put(&mut work, new).await).await
    }
}

async fn put(work: &mut Work, new: &NewTemplate) -> Result<Put, Interrupt> {
    // Makes the row or locks it, and says what it was.
    let before = sqlx::query!(
        "INSERT INTO templates (name, version) VALUES ($1, 1)
         ON CONFLICT (name) DO UPDATE SET name = excluded.name
         RETURNING version, deleted_at, (xmax = 0) AS \"fresh!\"",
        new.name.as_str(),
    )
    .fetch_one(work.sql())
    .await?;
    if !before.fresh && before.deleted_at.is_none() && is_newest(work, new).await? {
        return Ok(Put::Same(read_version(work.sql(), new.name.as_str(), None).await?));
    }
    let version = if before.fresh { 1 } else { before.version + 1 };
    if !before.fresh {
        raise(work, new.name.as_str(), version).await?;
    }
    insert(work, new, version).await?;
    work.effects.events.push(Event::template(new.name.as_str(), "created", Actor::Caller(work.caller)));
    Ok(Put::Made(read_version(work.sql(), new.name.as_str(), Some(version)).await?))
}

async fn is_newest(work: &mut Work, new: &NewTemplate) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM templates t JOIN template_versions v ON v.name = t.name AND v.version = t.version
             WHERE t.name = $1 AND v.fingerprint = $2
         ) AS "same!""#,
        new.name.as_str(),
        &new.fingerprint[..],
    )
    .fetch_one(work.sql())
    .await
}

async fn raise(work: &mut Work, name: &str, version: i32) -> Result<(), sqlx::Error> {
    let raised = sqlx::query!(
        "UPDATE templates SET version = $2, deleted_at = NULL WHERE name = $1 AND version = $2 - 1",
        name,
        version,
    )
    .execute(work.sql())
    .await?;
    assert_eq!(raised.rows_affected(), 1, "the row of the template is locked");
    Ok(())
}

async fn insert(work: &mut Work, new: &NewTemplate, version: i32) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO template_versions (name, version, description, parameters, pipeline, fingerprint, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, windlass_now(), $7)",
        new.name.as_str(),
        version,
        new.description,
        new.parameters.as_str(),
        new.pipeline.as_str(),
        &new.fingerprint[..],
        work.caller.key,
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
