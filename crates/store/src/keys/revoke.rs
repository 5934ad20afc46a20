//! `POST /v1/keys/{id}/revoke`.
//!
//! Of admin keys that last, one stays at the least: two that are revoked at once are judged one after the other, under one lock, which comes
//! before the rows of keys. Those that expire do not count, nor does the bootstrap key.

use uuid::Uuid;
use windlass_domain::Reason;

use super::read::read_key;
use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::view::Key;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Revokes a key, for good. Changes nothing if it was revoked already.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::InUse`] of the last live admin key that does not expire, [`Error::Unavailable`].
    pub async fn revoke_key(&self, id: Uuid, reason: Option<Reason>) -> Result<Key, Error> {
        transact!(self, work => revoke(&mut work, id, reason.as_ref()).await).await
    }
}

async fn revoke(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<Key, Interrupt> {
    // A statement of its own: what comes after it sees what its last holder has done.
    sqlx::query!("SELECT pg_advisory_xact_lock(CASE current_schema() WHEN 'public' THEN 1466524263 ELSE hashtext(current_schema()) END, 64)")
        .fetch_one(work.sql())
        .await?;
    let key = sqlx::query!(
        r#"SELECT revoked_at IS NOT NULL AS "revoked!", 'admin' = ANY(scopes) AND expires_at IS NULL AS "counts!"
           FROM keys WHERE id = $1 FOR NO KEY UPDATE"#,
        id,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(Resource::Key))?;
    if !key.revoked {
        if key.counts && !another_counts(work, id).await? {
            return Err(Error::InUse { detail: LAST.to_owned() }.into());
        }
        write(work, id, reason).await?;
        let event = Event::key(id, "revoked", Actor::Caller(work.caller));
        work.effects.events.push(event.because(reason.map(Reason::to_string)));
    }
    Ok(read_key(work.sql(), id).await?)
}

/// Why the last one stays.
const LAST: &str =
    "it is the last live key with the scope admin; make another one first, that does not expire";

/// Whether another key may do everything, without an end.
async fn another_counts(work: &mut Work, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (
             SELECT FROM keys
             WHERE 'admin' = ANY(scopes) AND revoked_at IS NULL AND expires_at IS NULL AND id <> $1
         ) AS "another!""#,
        id,
    )
    .fetch_one(work.sql())
    .await
}

async fn write(work: &mut Work, id: Uuid, reason: Option<&Reason>) -> Result<(), Interrupt> {
    let written = sqlx::query!(
        "UPDATE keys SET revoked_at = windlass_now(), reason = $2 WHERE id = $1 AND revoked_at IS NULL",
        id,
        reason.map(Reason::as_str),
    )
    .execute(work.sql())
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound(Resource::Key).into()) }
}
