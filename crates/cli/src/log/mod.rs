//! The program's own log: lines on standard error, for people or for programs: as text on a terminal, as JSON otherwise, unless set.
//!
//! It never makes its caller wait and never fails a call: what standard error does not take is dropped and counted ([`lines`]).

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::failure::Failure;
use crate::settings::{LogFormat, Settings};

mod escape;
mod lines;
mod panics;

use lines::Lines;

/// How long the last lines may take at the end.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Drivers whose lines below this show only how they work; what fails is logged by those who use them.
const DRIVERS: [(&str, LevelFilter); 2] = [("sqlx", LevelFilter::WARN), ("sqlx_core", LevelFilter::ERROR)];

/// The log of this process.
#[derive(Debug)]
pub(crate) struct Log {
    lines: Arc<Lines>,
}

impl Log {
    /// Sets up where log lines go and which are written.
    ///
    /// # Errors
    /// The filter cannot be read, or no further descriptor or thread.
    pub(crate) fn install(settings: &Settings) -> Result<Self, Failure> {
        let said = settings.log.as_deref().unwrap_or(Settings::LOG);
        let filter = EnvFilter::try_new(said)
            .map_err(|error| Failure::new(&format!("setting log = {said:?}"), error))?;
        let terminal = io::stderr().is_terminal();
        let format = settings.log_format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
        let lines = standard_error().map_err(|error| Failure::new("cannot log to standard error", error))?;
        let layer = fmt::layer().log_internal_errors(false);
        let writer = Writer { lines: Arc::clone(&lines), format };
        let layer = match format {
            LogFormat::Text => {
                layer.with_ansi(terminal).fmt_fields(escape::fields()).with_writer(writer).boxed()
            }
            // The message and its fields at the top, and the one span that there is beside them.
            LogFormat::Json => {
                layer.json().flatten_event(true).with_span_list(false).with_writer(writer).boxed()
            }
        };
        tracing_subscriber::registry().with(filter).with(drivers(said)).with(layer).init();
        panics::install();
        Ok(Self { lines })
    }

    /// How many lines were dropped so far.
    pub(crate) fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(self.lines.dropped())
    }

    /// Logs why the command failed, if it did, and writes what is left within 1 s.
    pub(crate) fn finish(self, result: Result<(), Failure>) -> ExitCode {
        let code = match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(&mut Line { lines: &self.lines, format: LogFormat::Text }),
        };
        self.lines.flush(LAST_LINES);
        code
    }
}

/// By a descriptor of its own: a holder of the lock of the standard library's may wait for ever.
fn standard_error() -> io::Result<Arc<Lines>> {
    Lines::to(File::from(io::stderr().as_fd().try_clone_to_owned()?))
}

/// All that drivers say only to those who ask for it by name.
fn drivers(filter: &str) -> Targets {
    let unnamed = DRIVERS.into_iter().filter(|(driver, _)| !filter.contains(driver));
    Targets::new().with_default(LevelFilter::TRACE).with_targets(unnamed)
}

/// Makes a line of each event.
struct Writer {
    lines: Arc<Lines>,
    format: LogFormat,
}

impl<'a> MakeWriter<'a> for Writer {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: &self.lines, format: self.format }
    }
}

/// Takes each write as a whole line.
struct Line<'a> {
    lines: &'a Lines,
    format: LogFormat,
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match (self.format, str::from_utf8(line)) {
            (LogFormat::Json, Ok(text)) => self.lines.push(escape::json(text).as_bytes()),
            _ => self.lines.push(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
