//! Lines of log as the contract shows them.

use windlass_domain as domain;
use windlass_store as store;
use windlass_wire as wire;

use super::values;

/// A line.
pub(crate) fn logged_line(line: store::LoggedLine) -> wire::LoggedLine {
    wire::LoggedLine {
        number: line.number,
        attempt: values::small(line.attempt),
        at: line.at,
        received_at: line.received_at,
        level: level(line.level),
        message: line.message,
        fields: values::metadata(line.fields),
    }
}

/// What became of the lines of one task.
pub(crate) fn logged(logged: store::Logged) -> wire::Logged {
    let number = |lines: usize| u32::try_from(lines).unwrap_or(u32::MAX);
    wire::Logged { accepted: number(logged.accepted), dropped: number(logged.dropped) }
}

fn level(level: domain::LogLevel) -> wire::LogLevel {
    match level {
        domain::LogLevel::Trace => wire::LogLevel::Trace,
        domain::LogLevel::Debug => wire::LogLevel::Debug,
        domain::LogLevel::Info => wire::LogLevel::Info,
        domain::LogLevel::Warn => wire::LogLevel::Warn,
        domain::LogLevel::Error => wire::LogLevel::Error,
    }
}
