//! Settings: defaults, a TOML file, `WINDLASS_*` variables and flags, each winning over the one before.
//!
//! The flags hold what was said on the command line or in a variable; [`Settings`] is what counts. A key
//! of the file that we do not know is an error: a typo must not become a silent default.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use config::{Config, ConfigError, File, FileFormat};
use serde::{Deserialize, Serialize};

/// What `serve` can be told.
#[derive(Args, Serialize)]
pub(crate) struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:7070]
    #[arg(long, env = "WINDLASS_LISTEN", value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,

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

    /// How log lines on standard error look [default: text]
    #[arg(long, env = "WINDLASS_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// TOML file with these settings [default: none]
    #[arg(long, env = "WINDLASS_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What counts, after all has been said.
///
/// It has no `Debug`: the database's URL may hold a password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The Postgres to use; `None`: our own.
    pub(crate) database_url: Option<String>,
    /// Where our own Postgres keeps its data; `None`: the user's data home.
    pub(crate) data_dir: Option<PathBuf>,
    /// Where our own Postgres's binaries are; `None`: wherever they are found.
    pub(crate) postgres_bin_dir: Option<PathBuf>,
    /// Which log lines are written.
    pub(crate) log: String,
    /// How they look.
    pub(crate) log_format: LogFormat,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7070)),
            database_url: None,
            data_dir: None,
            postgres_bin_dir: None,
            log: "info".to_owned(),
            log_format: LogFormat::default(),
        }
    }
}

impl ServeFlags {
    /// The settings that result from these flags, the variables and the file.
    ///
    /// # Errors
    /// The file cannot be read, or a value or key in it makes no sense.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        layered(self, self.database.config.as_deref())
    }
}

impl DatabaseFlags {
    /// As [`ServeFlags::settings`]; the file may hold what only `serve` needs.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        layered(self, self.config.as_deref())
    }
}

impl Settings {
    /// What the server library needs of them.
    pub(crate) fn server(&self, database_url: String) -> windlass_server::Settings {
        windlass_server::Settings { database_url, listen: self.listen, ..Default::default() }
    }
}

fn layered(flags: &impl Serialize, file: Option<&Path>) -> Result<Settings, ConfigError> {
    let mut layers = Config::builder();
    if let Some(file) = file {
        // Given by its text, since by its name alone the library would also look for other endings.
        let text = std::fs::read_to_string(file).map_err(|error| {
            ConfigError::Message(format!("cannot read settings file {}: {error}", file.display()))
        })?;
        layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
    }
    let settings =
        layers.add_source(Config::try_from(flags)?).build().and_then(Config::try_deserialize::<Settings>);
    let settings = settings.map_err(|error| match file {
        Some(file) => ConfigError::Message(format!("settings file {}: {error}", file.display())),
        None => error,
    })?;
    if settings.database_url.as_deref().is_some_and(|url| url.trim().is_empty()) {
        return Err(ConfigError::Message(
            "the database URL is empty; leave it out to run windlass's own Postgres".into(),
        ));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::{CommandFactory, Parser};

    use super::*;

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
        let file = "listen = \"0.0.0.0:80\"\nlog_format = \"json\"\n";
        let result = settings(&["--listen", "127.0.0.1:1"], file).unwrap();
        assert_eq!(result.listen, "127.0.0.1:1".parse().unwrap());
        assert_eq!(result.log_format, LogFormat::Json);
        assert_eq!(result.log, "info");
        assert_eq!(settings(&[], file).unwrap().listen, "0.0.0.0:80".parse().unwrap());
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
        assert!(settings(&[], "log_format = \"xml\"\n").is_err());
        assert!(settings(&[], "listen = \n").is_err());
    }

    #[test]
    fn an_empty_database_url_does_not_silently_mean_our_own() {
        assert!(settings(&["--database-url", ""], "").is_err());
    }

    #[test]
    fn the_help_text_shows_the_defaults_that_hold() {
        let help = Line::command().render_long_help().to_string();
        let defaults = Settings::default();
        assert!(help.contains(&format!("[default: {}]", defaults.listen)), "{help}");
        assert!(help.contains(&format!("[default: {}]", defaults.log)), "{help}");
    }
}
