//! The server and its database, as those look at them who keep them running.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The server that answers, the others beside it, and their database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct System {
    /// The version of the server that answers.
    #[cfg_attr(feature = "openapi", schema(examples("0.1.0")))]
    pub version: String,
    /// The time by that server's clock.
    pub at: DateTime<Utc>,
    /// The servers that said within the last hour that they run on this database, the newest word first.
    pub servers: Vec<SystemServer>,
    /// The database.
    pub database: SystemDatabase,
}

/// A server on the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemServer {
    /// Drawn at its start.
    pub id: Uuid,
    /// Its version.
    pub version: String,
    /// When it last said so; every few seconds while it runs.
    pub seen_at: DateTime<Utc>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemDatabase {
    /// The version of Postgres.
    #[cfg_attr(feature = "openapi", schema(examples("15.18")))]
    pub version: String,
    /// The number of the newest migration.
    pub schema_version: u64,
    /// The time by its clock, which decides.
    pub at: DateTime<Utc>,
    /// What it takes on its disk.
    pub size_bytes: u64,
    /// The disk that its data lies on; null where the server cannot see it, because Postgres runs elsewhere or its role may not know where.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub disk: Option<SystemDisk>,
    /// Transactions since the oldest snapshot that somebody holds: rows that died since then cannot be vacuumed. Null before the first look.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub oldest_snapshot_transactions: Option<u64>,
    /// For how long the oldest writing transaction has been under way, which readers of events wait for. Null before the first look.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub oldest_transaction_seconds: Option<f64>,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemDisk {
    /// What is left on it.
    pub free_bytes: u64,
    /// All of it.
    pub total_bytes: u64,
}
