//! Poolers between this process and Postgres.
//!
//! One that lends connections by session changes nothing. One that lends them by transaction (`pool_mode = transaction` of pgbouncer) has each
//! transaction run in whichever session of Postgres is free: prepared statements, settings and locks of a session are lost, or are found by
//! somebody else. Which one there is has to be said; a start that finds several connections in one session of Postgres without that is refused.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};
use tokio::time::timeout;

/// How many times two connections are compared: a busy pooler may give them different sessions once.
const LOOKS: usize = 3;
/// How long that may take: of a pooler by session that is full, the second connection waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// What lies between this process and Postgres.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing, or a pooler that lends connections by session.
    #[default]
    None,
    /// A pooler that lends connections by transaction.
    Transaction,
}

/// Whether two connections that are open at once share a session of Postgres. What cannot be found out is taken for a no.
pub(super) async fn shares_sessions(options: &PgConnectOptions) -> bool {
    matches!(timeout(PATIENCE, compare(options)).await, Ok(Ok(true)))
}

async fn compare(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut one = PgConnection::connect_with(options).await?;
    let mut other = PgConnection::connect_with(options).await?;
    let mut shared = false;
    for _ in 0..LOOKS {
        shared = shared || session(&mut one).await? == session(&mut other).await?;
    }
    one.close().await?;
    other.close().await?;
    Ok(shared)
}

/// What tells sessions of Postgres apart: numbers of processes are used again.
async fn session(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    let session =
        "SELECT pid || ' since ' || backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    sqlx::raw_sql(session).fetch_one(connection).await?.try_get(0)
}
