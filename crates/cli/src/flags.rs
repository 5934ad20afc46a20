//! What can be said on the command line or in `WINDLASS_*` variables; the names and meanings of all settings.
//!
//! Nothing here has a default of its own: what is not said is left to the file and to
//! [`Settings`]. A test holds the help text to the defaults there.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use config::ConfigError;
use serde::Serialize;

use crate::access_flags::AccessFlags;
use crate::connection_flags::ConnectionFlags;
use crate::database_url::holds_password;
use crate::jobnik_flags::JobnikFlags;
use crate::network_flags::NetworkFlags;
use crate::retention::Retention;
use crate::schema_name::SchemaName;
use crate::seconds::Seconds;
use crate::settings::{DatabasePooler, LogFormat, Settings};
use crate::webhook_flags::WebhookFlags;

/// The flags of `serve`.
#[derive(Args, Serialize)]
pub(crate) struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "WINDLASS_LISTEN", value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,

    /// URL by which clients reach the server behind a proxy, such as `https://jobs.example/windlass`; the proxy
    /// takes its path off. For the header Location, /docs and the servers of /openapi.json [default: none]
    #[arg(long, env = "WINDLASS_PUBLIC_URL", value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,

    /// Database connections, at the most [default: 20]
    #[arg(long, env = "WINDLASS_MAX_CONNECTIONS", value_name = "CONNECTIONS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_connections: Option<NonZeroU32>,

    /// What lies between the server and its database: `none`, which may be a pooler in session mode as well, or a
    /// pooler in `transaction` mode, such as pgbouncer's; then there is no --notify, and `windlass migrate` brings
    /// the schema up to date, by a URL that leads to Postgres itself [default: none]
    #[arg(long, env = "WINDLASS_DATABASE_POOLER", value_name = "MODE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_pooler: Option<DatabasePooler>,

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

    /// Dependencies between the jobs of one pipeline, at the most [default: 20000]
    #[arg(long, env = "WINDLASS_MAX_EDGES_PER_PIPELINE", value_name = "EDGES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_edges_per_pipeline: Option<NonZeroUsize>,

    /// Tasks that one call may add, at the most [default: 10000]
    #[arg(long, env = "WINDLASS_MAX_TASKS_PER_CALL", value_name = "TASKS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tasks_per_call: Option<NonZeroUsize>,

    /// Bytes of log that one attempt of a task keeps, at the most: messages and fields [default: 1048576]
    #[arg(long, env = "WINDLASS_MAX_LOG_BYTES", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_log_bytes: Option<NonZeroUsize>,

    /// How long ended pipelines and events are kept: days, or a number with d, h, m or s; by kind
    /// (succeeded, partial, failed, cancelled, events) as in 30d,failed=90d; only by name: log=7d of tasks, outcomes=365d, and
    /// deliveries=7d to webhooks, each unless given otherwise [default: 30d]
    #[arg(long, env = "WINDLASS_RETENTION", value_name = "LENGTH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    retention: Option<Retention>,

    /// Whether servers on one database announce to each other by NOTIFY what can be leased; without it a
    /// worker that waits at another server gets a task within a second [default: true]
    #[arg(long, env = "WINDLASS_NOTIFY", value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    notify: Option<bool>,

    /// How long SIGTERM lets the server serve on before it stops, so that proxies and clients find
    /// another one, in seconds, 0 to 15; Ctrl-C (SIGINT) skips it [default: 5]
    #[arg(long, env = "WINDLASS_DRAIN_SECONDS", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    drain_seconds: Option<Seconds<0, 15>>,

    #[command(flatten)]
    #[serde(flatten)]
    access: AccessFlags,

    #[command(flatten)]
    #[serde(flatten)]
    network: NetworkFlags,

    #[command(flatten)]
    #[serde(flatten)]
    jobnik: JobnikFlags,

    #[command(flatten)]
    #[serde(flatten)]
    webhooks: WebhookFlags,

    #[command(flatten)]
    #[serde(flatten)]
    connections: ConnectionFlags,

    /// Leave the schema as it is, and do not start unless it is up to date, as `windlass migrate` makes it
    /// [default: false]
    #[arg(long, env = "WINDLASS_NO_MIGRATE", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    no_migrate: Option<bool>,

    #[command(flatten)]
    #[serde(flatten)]
    database: DatabaseFlags,
}

/// The flags of every command on the database.
#[derive(Args, Serialize)]
pub(crate) struct DatabaseFlags {
    #[command(flatten)]
    #[serde(flatten)]
    url: UrlFlags,

    /// Schema of the database that the tables are in, which `migrate` and `serve` make if it is not there: several installations
    /// share a database, each in a schema of its own [default: public]
    #[arg(long, env = "WINDLASS_DATABASE_SCHEMA", value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_schema: Option<SchemaName>,

    /// Directory of windlass's own Postgres [default: windlass in the user's data home,
    /// ~/.local/share/windlass; as root /var/lib/windlass]
    #[arg(long, env = "WINDLASS_DATA_DIR", value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,

    /// Directory of the Postgres server binaries to use, and no other [default: found on the PATH and in
    /// the usual directories]
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

/// Which database to use.
#[derive(Args, Serialize)]
struct Url {
    /// Postgres to use, such as `postgres://user@host:5432/name`; without one, windlass runs its own. With a password
    /// it belongs into the variable or into a file [default: its own]
    // The value would show a password in the help text.
    #[arg(long, env = "WINDLASS_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// File that holds the URL of the Postgres to use, alone on one line [default: none]
    #[arg(long, env = "WINDLASS_DATABASE_URL_FILE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url_file: Option<PathBuf>,
}

/// [`Url`], and whether the URL is on the command line: only there can every user of the machine read it.
#[derive(Serialize)]
struct UrlFlags {
    #[serde(flatten)]
    said: Url,
    #[serde(skip)]
    on_the_line: bool,
}

impl FromArgMatches for UrlFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let on_the_line = matches.value_source("database_url") == Some(ValueSource::CommandLine);
        Ok(Self { said: Url::from_arg_matches(matches)?, on_the_line })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for UrlFlags {
    fn augment_args(command: Command) -> Command {
        Url::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Url::augment_args_for_update(command)
    }
}

impl ServeFlags {
    /// The settings that result from these flags, the variables and the file.
    ///
    /// # Errors
    /// The file cannot be read, or a value or key in it makes no sense.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        self.database.layered(self)
    }
}

impl DatabaseFlags {
    /// As [`ServeFlags::settings`]; the file may hold what only `serve` needs.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        self.layered(self)
    }

    fn layered(&self, flags: &impl Serialize) -> Result<Settings, ConfigError> {
        let mut settings = Settings::layered(flags, self.config.as_deref())?;
        let url = self.url.said.database_url.as_deref().filter(|_| self.url.on_the_line);
        settings.password_on_the_line = url.is_some_and(holds_password);
        Ok(settings)
    }
}
