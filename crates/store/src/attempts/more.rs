//! What reports carry beside what ends their attempts: written by statements of its own, in the same transaction. Reports without it pay nothing for it.
//!
//! Lines of log go in before anything is locked, as the rows of large additions do (`early.rs`).

use std::collections::HashSet;

use uuid::Uuid;

use super::report::Report;
use crate::db::Session;
use crate::logs::{Added, Logged, NewLines, add_unheld};
use crate::tasks::{CheckpointChanges, write_checkpoints};

/// What some reports carry beside, of which a part is written.
pub(super) struct More<'a> {
    reports: Vec<&'a Report>,
    lines: Vec<NewLines<'a>>,
    added: Added,
}

impl<'a> More<'a> {
    /// Writes what can be written before the reports are judged.
    pub(super) async fn begin(
        connection: &mut Session,
        reports: impl Iterator<Item = &'a Report>,
        log_bytes: i64,
    ) -> Result<Self, sqlx::Error> {
        let reports: Vec<&Report> = reports.filter(|report| report.carries_more()).collect();
        let mut seen = HashSet::new();
        let lines = reports.iter().filter_map(|report| report.new_lines());
        // Of several reports with one token at most the first is accepted.
        let lines: Vec<NewLines<'_>> = lines.filter(|lines| seen.insert((lines.task, lines.token))).collect();
        let added = add_unheld(connection, &lines, log_bytes).await?;
        Ok(Self { reports, lines, added })
    }

    /// Writes the rest of those of the tasks whose reports were `accepted`, and takes back what was written of the others; returns what was logged.
    pub(super) async fn finish(
        self,
        connection: &mut Session,
        accepted: &HashSet<Uuid>,
    ) -> Result<Logged, sqlx::Error> {
        let changes: CheckpointChanges<'_> = self
            .reports
            .iter()
            .filter(|report| accepted.contains(&report.task()))
            .filter_map(|report| Some((report.task(), report.checkpoint()?.json())))
            .collect();
        write_checkpoints(connection, &changes).await?;
        self.added.settle(connection, &self.lines, |(task, _)| accepted.contains(task)).await
    }
}
