//! What of new lines is kept, and in which pieces. Pure, over what is known of their attempts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::line::{AttemptKey, LogLine, Logged};
use super::piece::{cut, encode, rank};

/// New lines of one attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewLines<'a> {
    pub(crate) task: Uuid,
    pub(crate) token: Uuid,
    pub(crate) lines: &'a [LogLine],
}

impl NewLines<'_> {
    pub(super) fn key(&self) -> AttemptKey {
        (self.task, self.token)
    }
}

/// What is known of an attempt, and what is added to it.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) number: i32,
    /// No piece of it is older.
    pub(super) since: DateTime<Utc>,
    /// The newest piece of its task as it was looked at, and whether lines were dropped behind it.
    pub(super) base: Option<Base>,
    /// What it has used of its bytes.
    pub(super) bytes: i64,
    /// A line of it was dropped.
    pub(super) full: bool,
    /// Its own newest piece, which says how many were dropped.
    pub(super) newest: Newest,
    /// What of its lines came to what.
    pub(super) logged: Logged,
    /// Lines that were dropped behind a piece that is stored.
    pub(super) dropped_more: i64,
}

impl Attempt {
    /// One whose task has no lines yet, of which neither number nor time is known.
    pub(super) fn without_lines() -> Self {
        Self {
            number: 0,
            since: DateTime::UNIX_EPOCH,
            base: None,
            bytes: 0,
            full: false,
            newest: Newest::None,
            logged: Logged::default(),
            dropped_more: 0,
        }
    }
}

/// The newest piece of a task: its number, and whether lines were dropped behind it.
pub(super) type Base = (i64, bool);

/// The newest piece of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Newest {
    None,
    Stored {
        number: i64,
        received_at: DateTime<Utc>,
    },
    /// The one of this index among the new ones.
    New(usize),
}

/// A piece to be stored.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) task: Uuid,
    pub(super) token: Uuid,
    pub(super) attempt: i32,
    pub(super) level: i16,
    pub(super) bytes: i64,
    pub(super) dropped: i64,
    pub(super) content: String,
}

/// The pieces of these lines, each of an attempt that is known, and what becomes of each item; lines of others are left out.
pub(super) fn plan(
    attempts: &mut BTreeMap<AttemptKey, Attempt>,
    items: &[NewLines<'_>],
    most_bytes: i64,
) -> (Vec<Piece>, Vec<Option<Logged>>) {
    let mut pieces = Vec::new();
    let logged = items.iter().map(|item| {
        let attempt = attempts.get_mut(&item.key())?;
        Some(plan_one(attempt, item, most_bytes, &mut pieces))
    });
    let logged = logged.collect();
    (pieces, logged)
}

fn plan_one(attempt: &mut Attempt, item: &NewLines<'_>, most_bytes: i64, pieces: &mut Vec<Piece>) -> Logged {
    let accepted = fitting(attempt, item.lines, most_bytes);
    let piece = |attempt: &Attempt, lines: &[LogLine]| Piece {
        task: item.task,
        token: item.token,
        attempt: attempt.number,
        level: lines.iter().map(|line| i16::from(rank(line.level))).max().unwrap_or(0),
        bytes: attempt.bytes,
        dropped: 0,
        content: encode(lines),
    };
    for lines in cut(&item.lines[..accepted]) {
        attempt.bytes += lines.iter().map(size).sum::<i64>();
        attempt.newest = Newest::New(pieces.len());
        pieces.push(piece(attempt, lines));
    }
    let logged = Logged { accepted, dropped: item.lines.len() - accepted };
    attempt.logged.add(logged);
    let dropped = i64::try_from(logged.dropped).unwrap_or(i64::MAX);
    if dropped > 0 {
        attempt.full = true;
        if let Newest::None = attempt.newest {
            attempt.newest = Newest::New(pieces.len());
            pieces.push(piece(attempt, &[]));
        }
        match attempt.newest {
            Newest::New(index) => pieces[index].dropped += dropped,
            _ => attempt.dropped_more += dropped,
        }
    }
    logged
}

/// How many of the lines are kept: those before the first that does not fit.
fn fitting(attempt: &Attempt, lines: &[LogLine], most_bytes: i64) -> usize {
    if attempt.full {
        return 0;
    }
    let mut bytes = attempt.bytes;
    let fits = |line: &&LogLine| {
        bytes += size(line);
        bytes <= most_bytes
    };
    lines.iter().take_while(fits).count()
}

fn size(line: &LogLine) -> i64 {
    i64::try_from(line.bytes()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use windlass_domain::LogLevel;

    use super::*;

    fn lines(sizes: &[usize]) -> Vec<LogLine> {
        let line = |size: &usize| LogLine {
            level: LogLevel::Info,
            at: None,
            message: "x".repeat(*size),
            fields: None,
        };
        sizes.iter().map(line).collect()
    }

    fn run(known: Attempt, calls: &[&[usize]]) -> (Vec<Piece>, Vec<Logged>, Attempt) {
        let key = (Uuid::nil(), Uuid::nil());
        let mut attempts = BTreeMap::from([(key, known)]);
        let lines: Vec<Vec<LogLine>> = calls.iter().map(|sizes| lines(sizes)).collect();
        let items: Vec<NewLines<'_>> =
            lines.iter().map(|lines| NewLines { task: key.0, token: key.1, lines }).collect();
        let (pieces, logged) = plan(&mut attempts, &items, 10);
        (pieces, logged.into_iter().flatten().collect(), attempts.remove(&key).unwrap())
    }

    #[test]
    fn from_the_first_line_that_does_not_fit_on_all_are_dropped() {
        let (pieces, logged, attempt) = run(Attempt::without_lines(), &[&[4, 6], &[0], &[1, 0], &[0]]);
        let of = |accepted, dropped| Logged { accepted, dropped };
        assert_eq!(logged, [of(2, 0), of(1, 0), of(0, 2), of(0, 1)]);
        assert_eq!(
            pieces.iter().map(|piece| (piece.bytes, piece.dropped)).collect::<Vec<_>>(),
            [(10, 0), (10, 3)]
        );
        assert!(attempt.full);
        assert_eq!(attempt.logged, of(3, 3));
    }

    #[test]
    fn what_is_dropped_at_once_has_a_piece_without_lines() {
        let (pieces, logged, _) = run(Attempt::without_lines(), &[&[11, 1]]);
        assert_eq!(logged, [Logged { accepted: 0, dropped: 2 }]);
        assert_eq!((pieces.len(), pieces[0].dropped, pieces[0].content.as_str()), (1, 2, "[]"));
    }

    #[test]
    fn what_is_dropped_behind_a_stored_piece_is_counted_there() {
        let newest = Newest::Stored { number: 1, received_at: DateTime::UNIX_EPOCH };
        let known = Attempt { bytes: 9, newest, ..Attempt::without_lines() };
        let (pieces, _, attempt) = run(known, &[&[2], &[1]]);
        assert_eq!((pieces.len(), attempt.dropped_more), (0, 2));
        let full = Attempt { full: true, newest, ..Attempt::without_lines() };
        let (pieces, _, attempt) = run(full, &[&[0]]);
        assert_eq!((pieces.len(), attempt.dropped_more), (0, 1));
    }

    #[test]
    fn lines_of_attempts_that_are_not_known_are_left_out() {
        let lines = lines(&[1]);
        let item = NewLines { task: Uuid::nil(), token: Uuid::nil(), lines: &lines };
        let (pieces, logged) = plan(&mut BTreeMap::new(), &[item], 10);
        assert_eq!((pieces.len(), logged), (0, vec![None]));
    }
}
