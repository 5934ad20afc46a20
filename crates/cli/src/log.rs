//! The program's own log: lines on standard error, for people or for programs.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::failure::Failure;
use crate::settings::{LogFormat, Settings};

/// Sets up where log lines go and which are written.
///
/// # Errors
/// The filter cannot be read.
pub(crate) fn install(settings: &Settings) -> Result<(), Failure> {
    let filter = settings.log.as_deref().unwrap_or(Settings::LOG);
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Failure::new(&format!("setting log = {filter:?}"), error))?;
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    match settings.log_format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}
