//! The lock for which those who migrate a database at the same time wait.
//!
//! It is the driver's, so that older versions respect it too. But the driver waits for it silently, without a bound, and by a statement, whose
//! snapshot an index that is made CONCURRENTLY waits for in turn. Here it is asked for again and again; a process that hangs, or a session that a
//! pooler left open, may never let it go, so the log says who holds it, and the wait has an end.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::{Instant, interval};

use super::connect::{ConnectError, Db};
use super::hosts::address;

/// How often the lock is asked for.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// How often a line of the log says who holds it.
const SAID_EVERY: Duration = Duration::from_secs(5);

impl Db {
    /// Takes the lock, which ends with the connection.
    pub(super) async fn lock_migrations(&self, connection: &mut PgConnection) -> Result<(), ConnectError> {
        let failed = |source: sqlx::Error| self.failed(source.into());
        let key = key(connection, self.schema.mark()).await.map_err(failed)?;
        let (begun, mut ask) = (Instant::now(), interval(ASKED_EVERY));
        let mut said = begun;
        loop {
            ask.tick().await;
            if take(connection, key).await.map_err(failed)? {
                return Ok(());
            }
            let is_over = begun.elapsed() >= self.migration_lock_timeout;
            if is_over || said.elapsed() >= SAID_EVERY {
                said = Instant::now();
                let holder = holder(connection, key).await.map_err(failed)?;
                if is_over {
                    let (address, waited) = (address(&self.options()), self.migration_lock_timeout);
                    return Err(ConnectError::Locked { address, holder, waited });
                }
                tracing::warn!(holder, "waits for the lock of migrations, which another session holds");
            }
        }
    }
}

async fn take(connection: &mut PgConnection, key: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(connection).await
}

/// The driver's key: a constant of its own times a checksum of the database's name, with that of a schema other than the default one.
async fn key(connection: &mut PgConnection, schema: Option<&str>) -> Result<i64, sqlx::Error> {
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(connection).await?;
    let name = schema.map_or_else(|| name.clone(), |schema| format!("{name}.{schema}"));
    Ok(0x3d32_ad9e * i64::from(crc32(name.as_bytes())))
}

/// CRC-32 as in ISO-HDLC.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// Who holds the lock, as far as the role may know.
async fn holder(connection: &mut PgConnection, key: i64) -> Result<String, sqlx::Error> {
    // What a role may not see of others' sessions is null. The text of a query may hold anything, and is left out.
    let holders: Vec<String> = sqlx::query_scalar(
        "SELECT format('process %s of Postgres (application %s, client %s, user %s, connected since %s)', a.pid,
             coalesce(nullif(application_name, ''), 'unknown'), coalesce(host(client_addr), 'local or unknown'),
             coalesce(usename, 'unknown'), coalesce(backend_start::timestamptz(0)::text, 'unknown'))
         FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND (l.classid::bigint << 32 | l.objid::bigint) = $1",
    )
    .bind(key)
    .fetch_all(connection)
    .await?;
    let nobody = || "a session that cannot be found out".to_owned();
    Ok(if holders.is_empty() { nobody() } else { holders.join(", ") })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }
}
