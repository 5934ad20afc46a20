//! Sessions begin at a log-in and end at a log-out or when their time is over. Whether the key behind one is still good is asked elsewhere.

use std::time::Duration;

use crate::db::deadline;
use crate::{Error, Store};

/// A session that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The SHA-256 of its token.
    pub hash: [u8; 32],
    /// The SHA-256 of the text of its key.
    pub key_hash: [u8; 32],
    /// Whether that is a stored key's.
    pub stored: bool,
    /// How the person is called, 1 to 100 characters.
    pub display_name: Option<String>,
    /// How long it lasts at the most.
    pub length: Duration,
}

/// A session that has not ended.
#[derive(Debug, Clone)]
pub struct FoundSession {
    /// The SHA-256 of the text of its key.
    pub key_hash: [u8; 32],
    /// Whether that is a stored key's.
    pub stored: bool,
    /// How the person is called.
    pub display_name: Option<String>,
    /// The number of that name.
    pub name_number: Option<i32>,
    /// How much longer it lasts at the most.
    pub good_for: Duration,
}

struct Row {
    key_hash: Vec<u8>,
    stored: bool,
    display_name: Option<String>,
    name_number: Option<i32>,
    good_for: f64,
}

impl Store {
    /// Writes a session down, and forgets up to 100 that have ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn add_session(&self, session: &NewSession) -> Result<(), Error> {
        let add = sqlx::query!(
            "WITH ended AS (
                 DELETE FROM dashboard_sessions WHERE hash IN (
                     SELECT hash FROM dashboard_sessions WHERE expires_at < windlass_now() ORDER BY expires_at LIMIT 100
                     FOR UPDATE SKIP LOCKED
                 )
             ), named AS (
                 INSERT INTO display_names (name) SELECT $4::text WHERE $4::text IS NOT NULL
                 ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at
             )
             INSERT INTO dashboard_sessions (hash, key_hash, stored, display_name, expires_at)
             VALUES ($1, $2, $3, $4::text, windlass_now() + make_interval(secs => $5))",
            &session.hash[..],
            &session.key_hash[..],
            session.stored,
            session.display_name.as_deref(),
            session.length.as_secs_f64(),
        );
        Ok(deadline(add.execute(&self.db.pool)).await.map(drop)?)
    }

    /// The session of which this is the SHA-256 of its token, if it has not ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<FoundSession>, Error> {
        let find = sqlx::query_as!(
            Row,
            r#"SELECT key_hash, stored, display_name,
                      (SELECT number FROM display_names WHERE name = display_name) AS name_number,
                      extract(epoch FROM expires_at - windlass_now())::float8 AS "good_for!"
               FROM dashboard_sessions WHERE hash = $1 AND expires_at > windlass_now()"#,
            &hash[..],
        );
        let row = deadline(find.fetch_optional(&self.db.pool)).await?;
        Ok(row.and_then(|row| {
            Some(FoundSession {
                key_hash: row.key_hash.try_into().ok()?,
                stored: row.stored,
                display_name: row.display_name,
                name_number: row.name_number,
                good_for: Duration::try_from_secs_f64(row.good_for).unwrap_or_default(),
            })
        }))
    }

    /// Those of these sessions that have not ended.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn live_sessions(&self, hashes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, Error> {
        let live = sqlx::query_scalar!(
            "SELECT hash FROM dashboard_sessions WHERE hash = ANY($1) AND expires_at > windlass_now()",
            hashes,
        );
        Ok(deadline(live.fetch_all(&self.db.pool)).await?)
    }

    /// Ends a session; whether there was one.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_session(&self, hash: &[u8; 32]) -> Result<bool, Error> {
        let end = sqlx::query!("DELETE FROM dashboard_sessions WHERE hash = $1", &hash[..]);
        Ok(deadline(end.execute(&self.db.pool)).await?.rows_affected() == 1)
    }
}
