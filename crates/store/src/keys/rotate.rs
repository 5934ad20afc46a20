//! `POST /v1/keys/{id}/rotate`.

use std::time::Duration;

use uuid::Uuid;
use windlass_domain::{Rotation, seconds};

use super::read::read_key;
use super::text::StoredText;
use crate::events::{Actor, Event};
use crate::resource::Resource;
use crate::view::Key;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Gives a key a new text. The one before is good for the overlap as well; two are at the most.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::IllegalTransition`] of one that was revoked or has expired, [`Error::Unavailable`].
    pub async fn rotate_key(&self, id: Uuid, overlap: Duration, text: &StoredText) -> Result<Key, Error> {
        transact!(self, work => rotate(&mut work, id, overlap, text).await).await
    }
}

async fn rotate(work: &mut Work, id: Uuid, overlap: Duration, text: &StoredText) -> Result<Key, Interrupt> {
    let rotation = lock(work, id).await?;
    write(work, id, rotation, overlap, text).await?;
    work.effects.events.push(Event::key(id, "rotated", Actor::Caller(work.caller)));
    Ok(read_key(work.sql(), id).await?)
}

/// Locks the key, and says what becomes of its texts.
async fn lock(work: &mut Work, id: Uuid) -> Result<Rotation, Interrupt> {
    let key = sqlx::query!(
        r#"SELECT revoked_at IS NOT NULL AS "revoked!", coalesce(expires_at <= windlass_now(), false) AS "expired!",
                  text_used_at IS NOT NULL AS "used!", coalesce(overlap_until > windlass_now(), false) AS "overlaps!"
           FROM keys WHERE id = $1 FOR NO KEY UPDATE"#,
        id,
    )
    .fetch_optional(work.sql())
    .await?
    .ok_or(Error::NotFound(Resource::Key))?;
    let ended = if key.revoked {
        Some(("revoked", "the key was revoked, for good"))
    } else {
        key.expired.then_some(("expired", "the key has expired"))
    };
    match ended {
        Some((state, detail)) => Err(Error::IllegalTransition { state, detail: detail.to_owned() }.into()),
        None => Ok(Rotation::of(key.overlaps, key.used)),
    }
}

/// The lock that is held makes the condition true; without an overlap no text of before stays.
async fn write(
    work: &mut Work,
    id: Uuid,
    rotation: Rotation,
    overlap: Duration,
    text: &StoredText,
) -> Result<(), Interrupt> {
    let written = sqlx::query!(
        "UPDATE keys SET
             previous_hash = CASE WHEN $2::float8 > 0 THEN CASE WHEN $3 THEN previous_hash ELSE hash END END,
             previous_prefix = CASE WHEN $2::float8 > 0 THEN CASE WHEN $3 THEN previous_prefix ELSE prefix END END,
             overlap_until = CASE WHEN $2::float8 > 0 THEN windlass_now() + $2 * interval '1 second' END,
             hash = $4, prefix = $5, text_used_at = NULL, rotated_at = windlass_now()
         WHERE id = $1 AND revoked_at IS NULL",
        id,
        seconds(overlap),
        rotation == Rotation::Replaced,
        &text.hash[..],
        text.prefix,
    )
    .execute(work.sql())
    .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound(Resource::Key).into()) }
}
