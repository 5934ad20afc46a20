//! Keys for tests, written straight into the database.

#![expect(
    clippy::missing_panics_doc,
    reason = "every helper panics when the database does not answer: that is how a test fails"
)]

use std::time::Duration;

use uuid::Uuid;

use crate::testing::{Held, TestDatabase};

/// A key to be made.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestKey<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its scopes.
    pub scopes: &'a [&'a str],
    /// The types that it is narrowed to.
    pub types: Option<&'a [&'a str]>,
    /// How many calls it may make in a second.
    pub max_requests_per_second: Option<i32>,
    /// When it expires.
    pub expires_in: Option<Duration>,
}

/// The text of a key, which has the form of all and is nobody's yet.
pub fn key_text() -> String {
    let random = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("wl_{}", &random[..43])
}

impl TestDatabase {
    /// Makes a key; returns its id and its text.
    pub async fn make_key(&self, key: &TestKey<'_>) -> (Uuid, String) {
        let (id, text) = (Uuid::now_v7(), key_text());
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let made = sqlx::query(
            "INSERT INTO keys (id, name, scopes, types, max_requests_per_second, expires_at, hash, prefix)
             VALUES ($1, $2, $3, $4, $5, windlass_now() + $6 * interval '1 second', sha256($7::text::bytea), left($7, 11))",
        )
        .bind(id)
        .bind(key.name)
        .bind(owned(key.scopes))
        .bind(key.types.map(owned))
        .bind(key.max_requests_per_second)
        .bind(key.expires_in.map(|length| length.as_secs_f64()))
        .bind(&text);
        made.execute(&mut self.connect().await).await.expect("the key fits its table");
        (id, text)
    }

    /// Revokes the key of a text.
    pub async fn revoke_key(&self, text: &str) {
        let revoke = "UPDATE keys SET revoked_at = windlass_now() WHERE hash = sha256($1::text::bytea)";
        let revoked = sqlx::query(revoke).bind(text).execute(&mut self.connect().await).await;
        assert_eq!(revoked.expect("the database answers").rows_affected(), 1, "there is such a key");
    }

    /// Gives the key of a text a new one, which is returned; the old one is good for so long.
    pub async fn rotate_key(&self, text: &str, overlap: Duration) -> String {
        let new = key_text();
        let rotated = sqlx::query(
            "UPDATE keys SET rotated_at = windlass_now(), previous_hash = hash, previous_prefix = prefix,
                 overlap_until = windlass_now() + $3 * interval '1 second',
                 hash = sha256($2::text::bytea), prefix = left($2, 11), text_used_at = NULL
             WHERE hash = sha256($1::text::bytea)",
        )
        .bind(text)
        .bind(&new)
        .bind(overlap.as_secs_f64())
        .execute(&mut self.connect().await)
        .await;
        assert_eq!(rotated.expect("the database answers").rows_affected(), 1, "there is such a key");
        new
    }

    /// Whether the newest text of a key was ever used, as it is written down.
    pub async fn is_key_used(&self, text: &str) -> bool {
        let used = "SELECT text_used_at IS NOT NULL AND last_used_at IS NOT NULL FROM keys WHERE hash = sha256($1::text::bytea)";
        sqlx::query_scalar(used)
            .bind(text)
            .fetch_one(&mut self.connect().await)
            .await
            .expect("there is such a key")
    }

    /// Lets nobody read or change the keys, until what is returned is dropped.
    pub async fn hold_keys(&self) -> Held {
        let mut connection = self.connect().await;
        sqlx::raw_sql("BEGIN; LOCK TABLE keys IN ACCESS EXCLUSIVE MODE")
            .execute(&mut connection)
            .await
            .expect("nobody else holds the keys for long");
        Held::of(connection)
    }
}
