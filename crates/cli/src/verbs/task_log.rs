//! `windlass task log`.

use std::time::Duration;

use chrono::SecondsFormat;
use clap::Args;
use futures_util::TryStreamExt;
use tokio::time::sleep;
use uuid::Uuid;
use windlass_sdk::wire::{FoundEntity, LogLevel, LoggedLine};
use windlass_sdk::{Error, LogFilter};

use super::ids::Id;
use super::patience::{note, told};
use super::server::{Server, refused};
use super::target::Target;
use super::words::{LOG_LEVELS, one_of, word};
use super::{complete, cut, output};
use crate::failure::Failure;

/// How often a log that is followed is read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The arguments of `windlass task log`.
#[derive(Args)]
pub(super) struct Log {
    /// The task: its id, or the first 8 or more characters of it.
    #[arg(add = complete::tasks(), value_name = "TASK")]
    id: Id,
    /// Goes on as lines come, until the task has ended. A line each; JSON with --json.
    #[arg(long, short)]
    follow: bool,
    /// Only those of the attempts with this number.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Only those as grave as this, or graver.
    #[arg(long, value_parser = one_of::<LogLevel>(LOG_LEVELS))]
    level: Option<LogLevel>,
}

impl Log {
    pub(super) async fn run(self, target: &Target, server: &Server) -> Result<(), Failure> {
        let id = self.id.of(server, FoundEntity::Task).await?;
        if self.follow { self.follow(id, target, server).await } else { self.show(id, target, server).await }
    }

    async fn show(&self, id: Uuid, target: &Target, server: &Server) -> Result<(), Failure> {
        let lines = server.task_log(id, self.filter());
        if target.json {
            return output::json(&server.all(lines).await?);
        }
        let (mut lines, mut is_empty) = (std::pin::pin!(lines), true);
        while let Some(line) = server.answer(lines.try_next()).await? {
            output::text(&text(&line))?;
            is_empty = false;
        }
        if is_empty {
            note("no lines");
        }
        Ok(())
    }

    /// A server that is away is waited for; one that cannot be reached at the first look is an error.
    async fn follow(&self, id: Uuid, target: &Target, server: &Server) -> Result<(), Failure> {
        let (mut cursor, mut begun, mut is_away) = (None, false, false);
        loop {
            match server.ask(self.look(id, server, &mut cursor)).await {
                Ok(Look { lines, ended }) => {
                    (begun, is_away) = (true, false);
                    for line in &lines {
                        let line = if target.json { serde_json::to_string(line)? } else { text(line) };
                        output::text(&line)?;
                    }
                    if ended && lines.is_empty() {
                        return Ok(());
                    }
                    if !lines.is_empty() {
                        continue;
                    }
                }
                Err(error) if begun && error.is_transient() => {
                    if !std::mem::replace(&mut is_away, true) {
                        note(&format!("waiting for the server: {}", told(&error)));
                    }
                }
                Err(error) => return Err(refused(error)),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// What has come since; whether the task had ended before that is asked first, so that its last line is not missed.
    async fn look(&self, id: Uuid, server: &Server, cursor: &mut Option<String>) -> Result<Look, Error> {
        let ended = server.get_task(id).await?.ended_at.is_some();
        let page = server.list_task_log(id, &self.filter(), cursor.as_deref()).await?;
        *cursor = Some(page.next_cursor);
        Ok(Look { lines: page.items, ended })
    }

    fn filter(&self) -> LogFilter {
        LogFilter { attempt: self.attempt, level: self.level, limit: Some(500) }
    }
}

struct Look {
    lines: Vec<LoggedLine>,
    ended: bool,
}

/// A line for people; its fields stand behind its message.
fn text(line: &LoggedLine) -> String {
    let at = line.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let level = word(&line.level).to_uppercase();
    let fields = Some(line.fields.text()).filter(|fields| *fields != "{}");
    let fields = fields.map(|fields| format!("  {fields}")).unwrap_or_default();
    cut::lines(&format!("{at}  {level:5}  {}  {}{fields}", line.attempt, line.message))
}
