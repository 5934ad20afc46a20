//! Settings: defaults, a TOML file, `WINDLASS_*` variables and flags, each winning over the one before.
//!
//! The flags hold what was said on the command line or in a variable; [`Settings`] is what counts. A key
//! of the file that we do not know is an error: a typo must not become a silent default.

use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use config::{Config, ConfigError, File, FileFormat};
use serde::{Deserialize, Serialize};
use windlass_server::{
    AllowedAddresses, AllowedHost, Auth, Connections, CorsOrigins, Jobnik, Limits, Pooler, PublicUrl, Schema,
};

use crate::database_url::DatabaseUrl;
use crate::jobnik_flags::Scope;
use crate::retention::Retention;
use crate::schema_name::SchemaName;
use crate::seconds::Seconds;

/// What counts, after all has been said; `None` is the default, which is the server library's where it
/// has one.
///
/// It has no `Debug`: the database's URL may hold a password.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    database_url: Option<String>,
    database_url_file: Option<PathBuf>,
    /// Whether a password is on the command line.
    #[serde(skip)]
    pub(crate) password_on_the_line: bool,
    /// Where our own Postgres stores its data; `None`: the user's data home.
    pub(crate) data_dir: Option<PathBuf>,
    /// Where our own Postgres's binaries are; `None`: wherever they are found.
    pub(crate) postgres_bin_dir: Option<PathBuf>,
    /// Which log lines are written; `None`: [`Settings::LOG`].
    pub(crate) log: Option<String>,
    /// How they look; `None`: text on a terminal, JSON otherwise.
    pub(crate) log_format: Option<LogFormat>,
    listen: Option<SocketAddr>,
    public_url: Option<PublicUrl>,
    auth: Option<AuthMode>,
    /// The file of the bootstrap key; `None`: there is no such key.
    pub(crate) bootstrap_key_file: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    metrics_listen: Option<SocketAddr>,
    allowed_hosts: Vec<AllowedHost>,
    cors_origins: CorsOrigins,
    /// Networks that webhooks may call beside what is public.
    pub(crate) webhook_allow: AllowedAddresses,
    /// The file of authorities that vouch for receivers of webhooks.
    pub(crate) webhook_ca: Option<PathBuf>,
    /// The file of the key that seals the secrets of webhooks; `None`: they are kept in clear.
    pub(crate) secret_key_file: Option<PathBuf>,
    /// The file of the one that sealed them before.
    pub(crate) secret_key_file_before: Option<PathBuf>,
    database_schema: Option<SchemaName>,
    max_connections: Option<NonZeroU32>,
    database_pooler: Option<DatabasePooler>,
    max_body_bytes: Option<NonZeroUsize>,
    max_json_bytes: Option<NonZeroUsize>,
    max_jobs_per_pipeline: Option<NonZeroUsize>,
    max_edges_per_pipeline: Option<NonZeroUsize>,
    max_tasks_per_call: Option<NonZeroUsize>,
    max_log_bytes: Option<NonZeroUsize>,
    retention: Option<Retention>,
    jobnik: Option<bool>,
    jobnik_lease_seconds: Option<Seconds<10, 86_400>>,
    jobnik_anonymous: Vec<Scope>,
    notify: Option<bool>,
    drain_seconds: Option<Seconds<0, 15>>,
    idle_timeout: Option<Seconds<1, 3600>>,
    no_migrate: Option<bool>,
    head_timeout: Option<Seconds<1, 3600>>,
    write_timeout: Option<Seconds<1, 3600>>,
    body_idle_timeout: Option<Seconds<1, 3600>>,
    body_timeout: Option<Seconds<1, 3600>>,
    max_bodies_bytes: Option<NonZeroUsize>,
    max_client_connections: Option<NonZeroUsize>,
    max_streams: Option<NonZeroU32>,
    max_resets: Option<NonZeroU32>,
    max_head_bytes: Option<u32>,
    max_headers: Option<NonZeroUsize>,
}

/// What a request's head may be bounded to.
const HEAD_BYTES: RangeInclusive<u32> = Connections::LEAST_HEAD_BYTES..=1_048_576;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Whether callers need a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuthMode {
    /// None is needed.
    Open,
    /// Every call needs one.
    Keys,
}

impl AuthMode {
    /// Where nothing is said: only who is on this machine reaches a loopback address.
    fn default_for(listen: SocketAddr) -> Self {
        if listen.ip().to_canonical().is_loopback() { Self::Open } else { Self::Keys }
    }
}

/// What lies between the server and its database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DatabasePooler {
    /// Nothing, or a pooler in session mode.
    #[default]
    None,
    /// A pooler in transaction mode.
    Transaction,
}

impl Settings {
    /// Which log lines are written by default.
    pub(crate) const LOG: &str = "info";

    /// What results from the defaults, the file and the flags.
    ///
    /// # Errors
    /// The file cannot be read, or a key or value makes no sense.
    pub(crate) fn layered(flags: &impl Serialize, file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut layers = Config::builder();
        if let Some(file) = file {
            layers = layers.add_source(File::from_str(&read(file)?, FileFormat::Toml));
        }
        let settings = layers.add_source(Config::try_from(flags)?).build().and_then(Config::try_deserialize);
        let settings: Self = settings.map_err(|error| match file {
            Some(file) => ConfigError::Message(format!("settings file {}: {error}", file.display())),
            None => error,
        })?;
        settings.checked().map_err(|message| ConfigError::Message(message.to_owned()))
    }

    fn checked(self) -> Result<Self, &'static str> {
        if self.database_url.as_deref().is_some_and(|url| url.trim().is_empty()) {
            return Err("the database URL is empty; leave it out to run windlass's own Postgres");
        }
        if self.database_url.is_some() && self.database_url_file.is_some() {
            return Err(
                "database_url and database_url_file are both set, each by a flag, a WINDLASS_* variable or the \
                        settings file; leave one of them out",
            );
        }
        if self.database_pooler == Some(DatabasePooler::Transaction) {
            self.fit_pooler()?;
        }
        if self.max_head_bytes.is_some_and(|bytes| !HEAD_BYTES.contains(&bytes)) {
            return Err("max_head_bytes must be from 8192 to 1048576");
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err("tls_cert and tls_key go together: set both, or none for plain HTTP");
        }
        if self.secret_key_file_before.is_some() && self.secret_key_file.is_none() {
            return Err("secret_key_file_before is for a change of secret_key_file: set both");
        }
        Ok(self)
    }

    /// What does not go with a pooler in transaction mode.
    fn fit_pooler(&self) -> Result<(), &'static str> {
        if self.database_url().is_none() {
            return Err("database_pooler is for a database of others: set database_url too");
        }
        if self.notify == Some(true) {
            return Err(
                "notify needs a session of Postgres, which database_pooler = transaction does not leave",
            );
        }
        if self.no_migrate == Some(false) {
            return Err(
                "with database_pooler = transaction no schema is changed: run `windlass migrate` by a URL that leads to \
                        Postgres itself",
            );
        }
        Ok(())
    }

    /// Where the URL of the Postgres to use is said; `None`: it is our own.
    pub(crate) fn database_url(&self) -> Option<DatabaseUrl> {
        let file = || self.database_url_file.clone().map(DatabaseUrl::File);
        self.database_url.clone().map(DatabaseUrl::Text).or_else(file)
    }

    /// The schema of the database that the tables are in.
    pub(crate) fn schema(&self) -> Schema {
        self.database_schema.as_ref().map_or_else(Schema::default, |name| name.0.clone())
    }

    /// The files of certificate and key; `None`: plain HTTP.
    pub(crate) fn tls_files(&self) -> Option<(PathBuf, PathBuf)> {
        self.tls_cert.clone().zip(self.tls_key.clone())
    }

    /// What the server library needs of them, but for what is read from files.
    pub(crate) fn server(&self, database_url: String) -> windlass_server::Settings {
        let default = windlass_server::Settings::default();
        let or = |said: Option<NonZeroUsize>, default| said.map_or(default, NonZeroUsize::get);
        let listen = self.listen.unwrap_or(default.listen);
        windlass_server::Settings {
            database_url,
            listen,
            public_url: self.public_url.clone(),
            auth: self.auth.unwrap_or_else(|| AuthMode::default_for(listen)).into(),
            bootstrap_key: default.bootstrap_key,
            allowed_hosts: self.allowed_hosts.clone(),
            cors_origins: self.cors_origins.clone(),
            tls: default.tls,
            metrics_listen: self.metrics_listen,
            limits: Limits {
                body_bytes: or(self.max_body_bytes, default.limits.body_bytes),
                json_bytes: or(self.max_json_bytes, default.limits.json_bytes),
                jobs_per_pipeline: or(self.max_jobs_per_pipeline, default.limits.jobs_per_pipeline),
                edges_per_pipeline: or(self.max_edges_per_pipeline, default.limits.edges_per_pipeline),
                tasks_per_call: or(self.max_tasks_per_call, default.limits.tasks_per_call),
                log_bytes: or(self.max_log_bytes, default.limits.log_bytes),
            },
            max_connections: self.max_connections.map_or(default.max_connections, NonZeroU32::get),
            schema: self.schema(),
            pooler: self.database_pooler.map_or(default.pooler, Pooler::from),
            retention: self.retention.map_or(default.retention, Retention::kinds),
            notify: self.notify.unwrap_or(default.notify),
            drain: self.drain_seconds.map_or(default.drain, Seconds::duration),
            migrate: self.no_migrate.map_or(default.migrate, |no_migrate| !no_migrate),
            connections: self.connections(default.connections),
            traces: default.traces,
            webhooks: default.webhooks,
            jobnik: self.jobnik(default.jobnik),
            dropped_log_lines: default.dropped_log_lines,
        }
    }
}

impl Settings {
    /// What Jobnik's clients are answered.
    fn jobnik(&self, default: Jobnik) -> Jobnik {
        Jobnik {
            on: self.jobnik.unwrap_or(default.on),
            lease: self.jobnik_lease_seconds.map_or(default.lease, Seconds::duration),
            anonymous: self.jobnik_anonymous.iter().map(|scope| scope.0).collect(),
        }
    }

    /// The bounds towards clients, where nothing is said those of `default`.
    fn connections(&self, default: Connections) -> Connections {
        let or = |said: Option<Seconds<1, 3600>>, default| said.map_or(default, Seconds::duration);
        Connections {
            clients: self.max_client_connections.map_or(default.clients, NonZeroUsize::get),
            beyond: default.beyond,
            idle: or(self.idle_timeout, default.idle),
            head: or(self.head_timeout, default.head),
            write: or(self.write_timeout, default.write),
            body_idle: or(self.body_idle_timeout, default.body_idle),
            body: or(self.body_timeout, default.body),
            bodies_bytes: self.max_bodies_bytes.map_or(default.bodies_bytes, NonZeroUsize::get),
            streams: self.max_streams.map_or(default.streams, NonZeroU32::get),
            resets: self.max_resets.map_or(default.resets, NonZeroU32::get),
            head_bytes: self.max_head_bytes.unwrap_or(default.head_bytes),
            headers: self.max_headers.map_or(default.headers, NonZeroUsize::get),
        }
    }
}

impl From<AuthMode> for Auth {
    fn from(said: AuthMode) -> Self {
        match said {
            AuthMode::Open => Self::Open,
            AuthMode::Keys => Self::Keys,
        }
    }
}

impl From<DatabasePooler> for Pooler {
    fn from(said: DatabasePooler) -> Self {
        match said {
            DatabasePooler::None => Self::None,
            DatabasePooler::Transaction => Self::Transaction,
        }
    }
}

/// By its text, since by a name the library would also look for other files beside it.
fn read(file: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(file).map_err(|error| {
        ConfigError::Message(format!("cannot read settings file {}: {error}", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::flags::ServeFlags;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: ServeFlags,
    }

    fn settings(arguments: &[&str], file: &str) -> Result<Settings, String> {
        let mut written = tempfile::NamedTempFile::new().unwrap();
        written.write_all(file.as_bytes()).unwrap();
        let path = written.path().to_str().unwrap();
        let line = ["windlass", "--config", path].into_iter().chain(arguments.iter().copied());
        Line::parse_from(line).flags.settings().map_err(|error| error.to_string())
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let file = "listen = \"0.0.0.0:80\"\nlog_format = \"json\"\nmax_body_bytes = 1000\n";
        let result = settings(&["--listen", "127.0.0.1:1"], file).unwrap();
        let server = result.server(String::new());
        assert_eq!(server.listen, "127.0.0.1:1".parse().unwrap());
        assert_eq!((server.limits.body_bytes, server.limits.jobs_per_pipeline), (1_000, 1_000));
        assert_eq!((result.log_format, result.log), (Some(LogFormat::Json), None));
        let server = settings(&[], file).unwrap().server(String::new());
        assert_eq!(server.listen, "0.0.0.0:80".parse().unwrap());
    }

    #[test]
    fn no_key_is_needed_by_default_only_where_a_loopback_address_is_listened_on() {
        let auth = |line: &[&str], file: &str| settings(line, file).unwrap().server(String::new()).auth;
        assert_eq!(auth(&[], ""), Auth::Open);
        for loopback in ["127.0.0.1:1", "127.8.9.1:0", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert_eq!(auth(&["--listen", loopback], ""), Auth::Open, "{loopback}");
        }
        for other in ["0.0.0.0:1", "[::]:1", "192.168.0.1:1", "[::ffff:10.0.0.1]:1", "[fe80::1]:1"] {
            assert_eq!(auth(&["--listen", other], ""), Auth::Keys, "{other}");
            assert_eq!(auth(&["--listen", other, "--auth", "open"], ""), Auth::Open, "{other}");
        }
        assert_eq!(auth(&["--metrics-listen", "0.0.0.0:9090"], ""), Auth::Open, "it shows nothing of keys");
        assert_eq!(auth(&[], "auth = \"keys\"\n"), Auth::Keys);
        assert_eq!(auth(&["--auth", "open"], "auth = \"keys\"\n"), Auth::Open);
        assert!(settings(&[], "auth = \"none\"\n").is_err());
    }

    #[test]
    fn a_retention_is_days_or_a_length_wherever_it_is_said() {
        let retention = |arguments: &[&str], file: &str| {
            settings(arguments, file).unwrap().server(String::new()).retention.succeeded.as_secs()
        };
        assert_eq!(retention(&["--retention", "12h"], "retention = 7\n"), 43_200);
        assert_eq!(retention(&[], "retention = 7\n"), 604_800);
        assert_eq!(retention(&[], "retention = \"90m\"\n"), 5_400);
    }

    #[test]
    fn seconds_are_taken_at_their_bounds_and_refused_past_them_wherever_they_are_said() {
        let server = |file: &str| settings(&[], file).unwrap().server(String::new());
        let (least, most) =
            ("drain_seconds = 0\nidle_timeout = 1\n", "drain_seconds = 15\nidle_timeout = 3600\n");
        assert_eq!((server(least).drain.as_secs(), server(least).connections.idle.as_secs()), (0, 1));
        assert_eq!((server(most).drain.as_secs(), server(most).connections.idle.as_secs()), (15, 3600));
        let said =
            settings(&["--drain-seconds", "7", "--idle-timeout", "8"], most).unwrap().server(String::new());
        assert_eq!((said.drain.as_secs(), said.connections.idle.as_secs()), (7, 8));
        for wrong in ["drain_seconds = 16", "drain_seconds = -1", "idle_timeout = 0", "idle_timeout = 3601"] {
            assert!(settings(&[], wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn bounds_towards_clients_can_be_said_in_flags_and_in_the_file() {
        let file = "head_timeout = 1\nwrite_timeout = 2\nbody_idle_timeout = 3\nbody_timeout = 4\nmax_bodies_bytes = 7\nmax_streams = 5\n\
                    max_client_connections = 8\nmax_resets = 9\nmax_head_bytes = 8192\nmax_headers = 6\n";
        let line = [
            "--head-timeout=1",
            "--write-timeout=2",
            "--body-idle-timeout=3",
            "--body-timeout=4",
            "--max-bodies-bytes=7",
            "--max-streams=5",
            "--max-client-connections=8",
            "--max-resets=9",
            "--max-head-bytes=8192",
            "--max-headers=6",
        ];
        for (line, file) in [(&[][..], file), (&line, "")] {
            let bounds = settings(line, file).unwrap().server(String::new()).connections;
            let lengths = [bounds.head, bounds.write, bounds.body_idle, bounds.body];
            assert_eq!(lengths.map(|length| length.as_secs()), [1, 2, 3, 4]);
            assert_eq!(
                (bounds.streams, bounds.head_bytes, bounds.headers, bounds.bodies_bytes),
                (5, 8_192, 6, 7)
            );
            assert_eq!((bounds.clients, bounds.resets), (8, 9));
        }
        for wrong in [
            "max_head_bytes = 8191",
            "max_head_bytes = 1048577",
            "max_streams = 0",
            "max_resets = 0",
            "write_timeout = 0",
        ] {
            assert!(settings(&[], wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_needs_a_session_of_postgres_is_refused_with_a_pooler_in_transaction_mode() {
        let pooled = "database_url = \"postgres://a\"\ndatabase_pooler = \"transaction\"\n";
        assert_eq!(settings(&[], pooled).unwrap().server(String::new()).pooler, Pooler::Transaction);
        assert_eq!(settings(&[], "").unwrap().server(String::new()).pooler, Pooler::None);
        for (line, file, named) in [
            (&["--notify", "true"][..], pooled, "notify"),
            (&["--no-migrate=false"], pooled, "windlass migrate"),
            (&["--database-pooler", "transaction"], "", "database_url"),
            (&[], "database_pooler = \"session\"\n", "session"),
        ] {
            let error = settings(line, file).err().unwrap();
            assert!(error.contains(named), "{error}");
        }
        assert!(settings(&["--notify", "false", "--no-migrate"], pooled).is_ok());
    }

    #[test]
    fn a_public_url_is_taken_from_any_layer_and_a_wrong_one_says_what_is_wrong() {
        let public = |line: &[&str], file: &str| {
            settings(line, file)
                .map(|settings| settings.server(String::new()).public_url.map(|url| url.to_string()))
        };
        assert_eq!(public(&[], ""), Ok(None));
        let file = "public_url = \"https://a.example/b/\"\n";
        assert_eq!(public(&[], file), Ok(Some("https://a.example/b".to_owned())));
        assert_eq!(public(&["--public-url", "http://c"], file), Ok(Some("http://c".to_owned())));
        for (url, named) in [("a.example/b", "https://"), ("ftp://a", "http://"), ("https://a/?b", "query")] {
            let error = public(&["--public-url", url], "").unwrap_err();
            assert!(error.contains(named) && error.contains("public"), "{error}");
        }
    }

    #[test]
    fn hosts_and_origins_are_lists_on_any_layer_and_a_wrong_one_says_what_is_wrong() {
        let hosts = |line: &[&str], file: &str| {
            settings(line, file).map(|settings| settings.server(String::new()).allowed_hosts.len())
        };
        assert_eq!(hosts(&[], ""), Ok(0));
        let file = "allowed_hosts = [\"a.example\", \"b.example\", \"10.0.0.1\"]\n";
        assert_eq!(hosts(&[], file), Ok(3));
        assert_eq!(hosts(&["--allowed-hosts", "a.example,[fd00::1]"], file), Ok(2));
        assert!(
            hosts(&["--allowed-hosts", "a.example:80"], "").unwrap_err().contains("without a scheme, a port")
        );
        let origins = |line: &[&str], file: &str| {
            settings(line, file).map(|settings| settings.server(String::new()).cors_origins)
        };
        assert_eq!(origins(&[], ""), Ok(CorsOrigins::default()));
        let both = "https://a.example,http://b:8080";
        let file = "cors_origins = [\"https://a.example\", \"http://b:8080\"]\n";
        assert_eq!(origins(&[], file), Ok(both.parse().unwrap()));
        assert_eq!(origins(&["--cors-origins", both], ""), Ok(both.parse().unwrap()));
        for wrong in ["https://a.example/", "a.example", "null", "https://a.example,"] {
            assert!(origins(&["--cors-origins", wrong], "").unwrap_err().contains("no origin"), "{wrong}");
        }
    }

    #[test]
    fn certificate_and_key_are_set_together_or_not_at_all() {
        let files = |line: &[&str], file: &str| settings(line, file).map(|settings| settings.tls_files());
        assert_eq!(files(&[], ""), Ok(None));
        let both = Ok(Some(("c".into(), "k".into())));
        assert_eq!(files(&["--tls-cert", "c", "--tls-key", "k"], ""), both);
        assert_eq!(files(&["--tls-cert", "c"], "tls_key = \"k\"\n"), both);
        for (line, file) in [(&["--tls-cert", "c"][..], ""), (&[], "tls_key = \"k\"\n")] {
            assert!(files(line, file).unwrap_err().contains("go together"));
        }
    }

    #[test]
    fn an_unknown_key_of_the_file_is_an_error_that_names_it() {
        let error = settings(&[], "listne = \"0.0.0.0:80\"\n").err().unwrap();
        assert!(error.contains("listne") && error.contains("settings file"), "{error}");
    }

    #[test]
    fn a_bad_value_of_the_file_is_an_error_that_names_it() {
        let error = settings(&[], "listen = \"here\"\n").err().unwrap();
        assert!(error.contains("listen"), "{error}");
        assert!(settings(&[], "max_connections = 0\n").is_err());
        assert!(settings(&[], "retention = \"soon\"\n").err().unwrap().contains("30d"));
        assert!(settings(&[], "log_format = \"xml\"\n").is_err());
        assert!(settings(&[], "listen = \n").is_err());
    }

    #[test]
    fn an_empty_database_url_does_not_silently_mean_our_own() {
        assert!(settings(&["--database-url", ""], "").is_err());
    }

    #[test]
    fn a_url_and_a_file_with_one_are_refused_together_wherever_each_is_said() {
        let url = ["--database-url", "postgres://a"];
        let file = ["--database-url-file", "f"];
        for (line, text) in [
            (&[url, file].concat()[..], ""),
            (&url[..], "database_url_file = \"f\"\n"),
            (&file[..], "database_url = \"postgres://a\"\n"),
            (&[][..], "database_url = \"postgres://a\"\ndatabase_url_file = \"f\"\n"),
        ] {
            let error = settings(line, text).err().unwrap();
            assert!(error.contains("database_url") && error.contains("database_url_file"), "{error}");
        }
    }

    #[test]
    fn a_url_or_its_file_can_be_said_on_any_layer() {
        let set = |line: &[&str], text: &str| settings(line, text).unwrap().database_url();
        assert!(set(&[], "").is_none());
        for (line, text) in [
            (&["--database-url-file", "f"][..], "database_url_file = \"g\"\n"),
            (&[][..], "database_url_file = \"f\"\n"),
        ] {
            assert!(set(line, text) == Some(DatabaseUrl::File("f".into())), "{line:?}");
        }
        assert!(set(&["--database-url", "u"], "") == Some(DatabaseUrl::Text("u".to_owned())));
    }

    #[test]
    fn only_a_password_in_a_flag_is_on_the_line() {
        let (with, without) = ("postgres://a:b@c", "postgres://a@c");
        for (line, text, expected) in [
            (&["--database-url", with][..], String::new(), true),
            (&["--database-url", without][..], String::new(), false),
            (&[][..], format!("database_url = \"{with}\"\n"), false),
            (&["--database-url", without][..], format!("database_url = \"{with}\"\n"), false),
        ] {
            assert_eq!(settings(line, &text).unwrap().password_on_the_line, expected, "{line:?} {text}");
        }
    }

    #[test]
    fn the_help_text_shows_the_defaults_that_hold() {
        let help = Line::command().term_width(0).render_long_help().to_string();
        let server = Settings::default().server(String::new());
        let numbers = [
            server.limits.body_bytes,
            server.limits.json_bytes,
            server.limits.jobs_per_pipeline,
            server.limits.tasks_per_call,
            server.limits.log_bytes,
        ];
        let mut defaults = vec![server.listen.to_string(), server.max_connections.to_string()];
        defaults.extend(numbers.map(|number| number.to_string()));
        let Connections {
            clients,
            beyond: _,
            idle,
            head,
            write,
            body_idle,
            body,
            bodies_bytes,
            streams,
            resets,
            head_bytes,
            headers,
        } = server.connections;
        defaults.extend(
            [server.drain, idle, head, write, body_idle, body].map(|length| length.as_secs().to_string()),
        );
        defaults.extend([
            clients.to_string(),
            streams.to_string(),
            resets.to_string(),
            head_bytes.to_string(),
            headers.to_string(),
            bodies_bytes.to_string(),
        ]);
        defaults.push(Settings::LOG.to_owned());
        defaults.push(Retention::from(server.retention).to_string());
        for default in defaults {
            assert!(help.contains(&format!("[default: {default}]")), "{default} is not in {help}");
        }
    }
}
