//! The program's own log: lines on standard error, for people or for programs: as text on a terminal, as JSON otherwise, unless told.

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
    let terminal = io::stderr().is_terminal();
    match settings.log_format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Text => lines.with_ansi(terminal).init(),
        // The message and its fields at the top, and the one span that there is beside them.
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
    }
    Ok(())
}
