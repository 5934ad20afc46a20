//! `GET /v1/system`: the servers on the database, and what it says of itself.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sqlx::Row;
use uuid::Uuid;

use crate::db::deadline;
use crate::{Error, Store};

/// What the database says of itself.
#[derive(Debug, Clone)]
pub struct System {
    /// The version of Postgres.
    pub version: String,
    /// The newest migration.
    pub schema_version: i64,
    /// Its clock.
    pub at: DateTime<Utc>,
    /// Bytes that it takes.
    pub size_bytes: i64,
    /// Where its data lies on this machine; `None` where it may lie on another one, or the role may not know.
    pub data_directory: Option<PathBuf>,
    /// The servers that said within the last hour that they run on it, the newest word first.
    pub servers: Vec<RunningServer>,
}

/// A server on the database.
#[derive(Debug, Clone)]
pub struct RunningServer {
    /// Drawn at its start.
    pub id: Uuid,
    /// Its version.
    pub version: String,
    /// When it last said so.
    pub seen_at: DateTime<Utc>,
}

impl Store {
    /// What the database says of itself, and which servers there are.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn system(&self) -> Result<System, Error> {
        let servers = sqlx::query_as!(
            RunningServer,
            "SELECT id, version, seen_at FROM servers WHERE seen_at >= windlass_now() - interval '1 hour'
             ORDER BY seen_at DESC, id LIMIT 100"
        );
        let servers = deadline(servers.fetch_all(&self.db.pool)).await?;
        // A role that may not know the directory does not see its row. A client by a socket is on the same machine.
        let database = sqlx::query!(
            r#"SELECT current_setting('server_version') AS "version!",
                      clock_timestamp() AS "at!",
                      pg_database_size(current_database()) AS "size_bytes!",
                      (SELECT setting FROM pg_settings WHERE name = 'data_directory' AND inet_server_addr() IS NULL) AS "directory?""#
        );
        let database = deadline(database.fetch_one(&self.db.pool)).await?;
        // Not a checked query: sqlx makes the table itself.
        let newest = sqlx::raw_sql("SELECT max(version) FROM _sqlx_migrations");
        let newest = deadline(newest.fetch_one(&self.db.pool)).await?;
        Ok(System {
            version: database.version,
            schema_version: newest.try_get::<Option<i64>, _>(0)?.unwrap_or_default(),
            at: database.at,
            size_bytes: database.size_bytes,
            data_directory: database.directory.map(PathBuf::from),
            servers,
        })
    }
}
