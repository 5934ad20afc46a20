//! What standard output is: how wide, and whether ids and times are written in short.

use std::io::{self, IsTerminal};

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::termios::tcgetwinsize;

/// A terminal that does not say how wide it is.
const USUAL_WIDTH: usize = 80;

/// How things are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    /// What fits on a line; `None`: everything is written whole.
    pub(super) width: Option<usize>,
    /// The present time, from which times are told.
    pub(super) now: DateTime<Utc>,
}

impl Screen {
    /// Standard output as it is; whole texts where nobody looks at it, or where they are asked for.
    pub(super) fn of_output(wide: bool) -> Self {
        Self { width: if wide { None } else { width() }, now: now() }
    }

    /// A time: from now on a terminal, else to the second.
    pub(super) fn time(&self, at: Option<DateTime<Utc>>) -> String {
        match (at, self.width) {
            (None, _) => String::new(),
            (Some(at), None) => exact(at),
            (Some(at), Some(_)) => from_now(at, self.now),
        }
    }

    /// A time of one thing that is shown by itself: exact, and from now where somebody looks.
    pub(super) fn both(&self, at: Option<DateTime<Utc>>) -> String {
        match (at, self.width) {
            (Some(at), Some(_)) => format!("{} ({})", exact(at), from_now(at, self.now)),
            (at, _) => at.map(exact).unwrap_or_default(),
        }
    }
}

/// A time to the second.
pub(super) fn exact(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// How far a time is away, in its largest unit.
pub(super) fn from_now(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let length = length(seconds.unsigned_abs());
    if seconds < 0 { format!("in {length}") } else { format!("{length} ago") }
}

/// A length of time in its largest unit.
pub(super) fn length(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[expect(clippy::disallowed_methods, reason = "people compare the times that they read with their own clock")]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}

fn width() -> Option<usize> {
    let output = io::stdout();
    if !output.is_terminal() {
        return None;
    }
    let columns = tcgetwinsize(&output).ok().map(|size| usize::from(size.ws_col));
    Some(columns.filter(|columns| *columns > 0).unwrap_or(USUAL_WIDTH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        let now: DateTime<Utc> = "2026-11-22T20:00:00Z".parse().unwrap();
        for (at, expected) in [
            ("2026-11-22T20:00:00Z", "0 s ago"),
            ("2026-11-22T19:58:01Z", "119 s ago"),
            ("2026-11-22T19:58:00Z", "2 min ago"),
            ("2026-11-22T18:00:01Z", "119 min ago"),
            ("2026-11-22T18:00:00Z", "2 h ago"),
            ("2026-11-20T20:00:00Z", "2 d ago"),
            ("2026-11-22T20:05:00Z", "in 5 min"),
        ] {
            assert_eq!(from_now(at.parse().unwrap(), now), expected);
        }
    }
}
