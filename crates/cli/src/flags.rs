//! What can be said on the command line or in `WINDLASS_*` variables; the names and meanings of all settings.
//!
//! Nothing here has a default of its own: what is not said is left to the file and to
//! [`Settings`]. A test holds the help text to the defaults there.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;
use config::ConfigError;
use serde::Serialize;

use crate::retention::Retention;
use crate::settings::{LogFormat, Settings};

/// What `serve` can be told.
#[derive(Args, Serialize)]
pub(crate) struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "WINDLASS_LISTEN", value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,

    /// Database connections, at the most [default: 20]
    #[arg(long, env = "WINDLASS_MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_connections: Option<NonZeroU32>,

    /// Length of a request's body, at the most, in bytes [default: 16777216]
    #[arg(long, env = "WINDLASS_MAX_BODY_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_body_bytes: Option<NonZeroUsize>,

    /// Length of one payload, result or metadata, at the most, in bytes of compact JSON
    /// [default: 262144]
    #[arg(long, env = "WINDLASS_MAX_JSON_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_json_bytes: Option<NonZeroUsize>,

    /// Jobs in one pipeline, at the most [default: 1000]
    #[arg(long, env = "WINDLASS_MAX_JOBS_PER_PIPELINE", value_name = "JOBS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_jobs_per_pipeline: Option<NonZeroUsize>,

    /// Tasks that one call may add, at the most [default: 10000]
    #[arg(long, env = "WINDLASS_MAX_TASKS_PER_CALL", value_name = "TASKS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tasks_per_call: Option<NonZeroUsize>,

    /// How long ended pipelines and events are kept: days, or a number with d, h, m or s; by kind
    /// (succeeded, partial, failed, cancelled, events) as in 30d,failed=90d [default: 30d]
    #[arg(long, env = "WINDLASS_RETENTION", value_name = "LENGTH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<Retention>,

    /// Whether servers on one database tell each other by NOTIFY what can be leased; without it a
    /// worker that waits at another server gets a task within a second [default: true]
    #[arg(long, env = "WINDLASS_NOTIFY", value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    notify: Option<bool>,

    #[command(flatten)]
    #[serde(flatten)]
    database: DatabaseFlags,
}

/// What every command on the database can be told.
#[derive(Args, Serialize)]
pub(crate) struct DatabaseFlags {
    /// Postgres to use, such as `postgres://user:password@host:5432/name`; without one, windlass runs
    /// its own [default: its own]
    // The value would show a password in the help text.
    #[arg(long, env = "WINDLASS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// Directory of windlass's own Postgres [default: windlass in the user's data home,
    /// ~/.local/share/windlass; as root /var/lib/windlass]
    #[arg(long, env = "WINDLASS_DATA_DIR", value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,

    /// Directory of the Postgres server binaries to use, and no other [default: found on the PATH and in
    /// the usual places]
    #[arg(long, env = "WINDLASS_POSTGRES_BIN_DIR", value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres_bin_dir: Option<PathBuf>,

    /// Which log lines are written: error, warn, info, debug, trace, or per part, such as
    /// `info,windlass_store=debug,postgres=debug` [default: info]
    #[arg(long, env = "WINDLASS_LOG", value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,

    /// How log lines on standard error look [default: text on a terminal, json otherwise]
    #[arg(long, env = "WINDLASS_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// TOML file with these settings [default: none]
    #[arg(long, env = "WINDLASS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

impl ServeFlags {
    /// The settings that result from these flags, the variables and the file.
    ///
    /// # Errors
    /// The file cannot be read, or a value or key in it makes no sense.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::layered(self, self.database.config.as_deref())
    }
}

impl DatabaseFlags {
    /// As [`ServeFlags::settings`]; the file may hold what only `serve` needs.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        Settings::layered(self, self.config.as_deref())
    }
}
