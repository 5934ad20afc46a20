//! The content of a piece: its lines as one JSON array.

use std::fmt::Write;

use serde_json::value::RawValue;
use windlass_domain::{Json, LogLevel};

use super::line::LogLine;

/// Lines of a piece at the most; each has a number of the piece's block.
const LINES: usize = 100;
/// Bytes of a piece at which it takes no further line: whoever reads a page reads whole pieces.
const BYTES: usize = 64 * 1024;
/// How many numbers a block has, as the sequence says.
pub(super) const BLOCK: i64 = 128;
/// Of the line that says how many were dropped, behind the piece's first number.
pub(super) const CLOSING: i64 = BLOCK - 1;

/// A line of a piece: level, the worker's own time in microseconds, message, fields.
pub(super) type StoredLine = (u8, Option<i64>, String, Option<Box<RawValue>>);

/// The lines as pieces, each of one at least.
pub(super) fn cut(lines: &[LogLine]) -> Vec<&[LogLine]> {
    let mut pieces = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (at, line) in lines.iter().enumerate() {
        if at - begin >= LINES || bytes >= BYTES {
            pieces.push(&lines[begin..at]);
            (begin, bytes) = (at, 0);
        }
        bytes += line.bytes();
    }
    if begin < lines.len() {
        pieces.push(&lines[begin..]);
    }
    pieces
}

/// The content of a piece of these lines.
pub(super) fn encode(lines: &[LogLine]) -> String {
    let mut content = String::with_capacity(lines.iter().map(|line| line.bytes() + 32).sum());
    for line in lines {
        content.push(if content.is_empty() { '[' } else { ',' });
        let level = rank(line.level);
        match line.at {
            Some(at) => write!(content, "[{level},{},", at.timestamp_micros()),
            None => write!(content, "[{level},null,"),
        }
        .expect("a string takes all that is written");
        let message = serde_json::to_string(&line.message).expect("text has a JSON form");
        content.push_str(&message);
        content.push(',');
        content.push_str(line.fields.as_ref().map_or("null", Json::as_str));
        content.push(']');
    }
    if content.is_empty() {
        content.push('[');
    }
    content.push(']');
    content
}

/// The lines of a piece.
pub(super) fn decode(content: &str) -> Vec<StoredLine> {
    serde_json::from_str(content).expect("what `encode` has written can be read")
}

/// How grave a level is, as a number.
pub(super) fn rank(level: LogLevel) -> u8 {
    LogLevel::ALL.iter().position(|known| *known == level).and_then(|at| u8::try_from(at).ok()).unwrap_or(0)
}

/// The level of a number.
pub(super) fn level(rank: u8) -> LogLevel {
    LogLevel::ALL.get(usize::from(rank)).copied().unwrap_or(LogLevel::Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, fields: Option<&str>) -> LogLine {
        LogLine {
            level: LogLevel::Warn,
            at: None,
            message: message.to_owned(),
            fields: fields.map(|text| Json::from_checked(text.to_owned())),
        }
    }

    #[test]
    fn lines_read_back_as_they_were_written() {
        let at = chrono::DateTime::from_timestamp_micros(-1_234_567).unwrap();
        let lines = [
            LogLine { at: Some(at), ..line("a \"quoted\"\nline\t…", Some(r#"{"b":-0,"a":1e5}"#)) },
            LogLine { level: LogLevel::Trace, ..line("", None) },
        ];
        let read = decode(&encode(&lines));
        assert_eq!(read.len(), 2);
        let (rank, micros, message, fields) = &read[0];
        assert_eq!((level(*rank), *micros), (LogLevel::Warn, Some(-1_234_567)));
        assert_eq!(message, &lines[0].message);
        assert_eq!(fields.as_ref().unwrap().get(), r#"{"b":-0,"a":1e5}"#);
        assert!(matches!(&read[1], (0, None, message, None) if message.is_empty()));
        assert!(decode(&encode(&[])).is_empty());
    }

    #[test]
    fn pieces_are_bounded_by_lines_and_by_bytes_and_lose_none() {
        let short: Vec<LogLine> = (0..250).map(|number| line(&number.to_string(), None)).collect();
        let sizes = |lines: &[LogLine]| cut(lines).iter().map(|piece| piece.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&short), [100, 100, 50]);
        assert_eq!(sizes(&short[..100]), [100]);
        assert_eq!(sizes(&short[..101]), [100, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
        let long: Vec<LogLine> = (0..20).map(|_| line(&"x".repeat(8_192), None)).collect();
        assert_eq!(sizes(&long), [8, 8, 4]);
        let together: Vec<String> = cut(&short).concat().into_iter().map(|line| line.message).collect();
        assert_eq!(together, short.iter().map(|line| line.message.clone()).collect::<Vec<_>>());
    }
}
