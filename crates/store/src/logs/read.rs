//! `GET /v1/tasks/{id}/log`: the lines of a task, oldest first.
//!
//! The line that says how many lines of an attempt were dropped is not stored: it is made here once the attempt has ended, however it ended.

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::{Limits, LogLevel};

use super::line::LoggedLine;
use super::piece::{BLOCK, CLOSING, decode, level, rank};
use crate::db::deadline;
use crate::resource::Resource;
use crate::{Error, Store};

/// Which lines are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogFilter {
    /// Of the attempts with this number.
    pub attempt: Option<i32>,
    /// As grave as this, or graver.
    pub level: Option<LogLevel>,
}

/// A page of a log.
#[derive(Debug, Clone)]
pub struct LogPage {
    /// The lines, oldest first.
    pub lines: Vec<LoggedLine>,
    /// Behind which number the next page begins.
    pub next: i64,
}

impl Store {
    /// Lines of a task behind the one with the number `after`, oldest first, `limit` at the most.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn task_log(
        &self,
        id: Uuid,
        filter: LogFilter,
        after: i64,
        limit: i64,
    ) -> Result<LogPage, Error> {
        if !self.exists(Resource::Task, id).await? {
            return Err(Error::NotFound(Resource::Task));
        }
        let least = filter.level.map_or(0, rank);
        let pieces = sqlx::query_file_as!(
            Row,
            "src/logs/page.sql",
            id,
            after.saturating_sub(BLOCK),
            filter.attempt,
            i16::from(least),
            i16::from(rank(LogLevel::Warn)),
            // The piece that the page begins in, and that of an attempt under way, may have none to show.
            limit + 2,
            Limits::PAGE_BYTES,
        );
        let pieces = deadline(pieces.fetch_all(&self.db.pool)).await?;
        let lines = pieces.into_iter().flat_map(Row::lines);
        let fits = |line: &LoggedLine| line.number > after && rank(line.level) >= least;
        let lines: Vec<LoggedLine> = lines.filter(fits).take(usize::try_from(limit).unwrap_or(0)).collect();
        let next = lines.last().map_or(after, |line| line.number);
        Ok(LogPage { lines, next })
    }
}

struct Row {
    number: i64,
    attempt: i32,
    received_at: DateTime<Utc>,
    content: String,
    dropped: i64,
    /// When the attempt ended, if lines of it were dropped and it has.
    ended_at: Option<DateTime<Utc>>,
}

impl Row {
    fn lines(self) -> Vec<LoggedLine> {
        let mut lines: Vec<LoggedLine> = (self.number..)
            .zip(decode(&self.content))
            .map(|(number, (rank, micros, message, fields))| LoggedLine {
                number,
                attempt: self.attempt,
                at: micros.and_then(DateTime::from_timestamp_micros).unwrap_or(self.received_at),
                received_at: self.received_at,
                level: level(rank),
                message,
                fields: fields.map(|fields| fields.get().to_owned()),
            })
            .collect();
        if let Some(ended_at) = self.ended_at {
            let lines_of = if self.dropped == 1 { "line was" } else { "lines were" };
            lines.push(LoggedLine {
                number: self.number + CLOSING,
                attempt: self.attempt,
                at: ended_at,
                received_at: ended_at,
                level: LogLevel::Warn,
                message: format!("{} {lines_of} dropped: the log of the attempt was full", self.dropped),
                fields: None,
            });
        }
        lines
    }
}
