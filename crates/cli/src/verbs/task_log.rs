//! `windlass task log`.

use std::time::Duration;

use chrono::SecondsFormat;
use clap::Args;
use futures_util::TryStreamExt;
use tokio::time::sleep;
use uuid::Uuid;
use windlass_sdk::wire::{LogLevel, LoggedLine};
use windlass_sdk::{Client, Error, LogFilter};

use super::output;
use super::target::{Target, refused};
use super::words::{LOG_LEVELS, one_of, word};
use crate::failure::Failure;

/// How often a log that is followed is read.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The arguments of `windlass task log`.
#[derive(Args)]
pub(super) struct Log {
    /// The task.
    id: Uuid,
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
    pub(super) async fn run(self, target: &Target) -> Result<(), Failure> {
        if self.follow { self.follow(target).await } else { self.show(target).await }
    }

    async fn show(&self, target: &Target) -> Result<(), Failure> {
        let lines = target.client()?.task_log(self.id, self.filter());
        if target.json {
            let lines: Vec<LoggedLine> = lines.try_collect().await.map_err(refused)?;
            return output::json(&lines);
        }
        let mut lines = std::pin::pin!(lines);
        while let Some(line) = lines.try_next().await.map_err(refused)? {
            output::text(&text(&line))?;
        }
        Ok(())
    }

    /// A server that is away is waited for; one that cannot be reached at the first look is an error.
    async fn follow(&self, target: &Target) -> Result<(), Failure> {
        let client = target.client()?;
        let (mut cursor, mut begun) = (None, false);
        loop {
            match self.look(&client, &mut cursor).await {
                Ok(Look { lines, ended }) => {
                    begun = true;
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
                Err(error) if begun && error.is_transient() => {}
                Err(error) => return Err(refused(error)),
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// What has come since; whether the task had ended before that is asked first, so that its last line is not missed.
    async fn look(&self, client: &Client, cursor: &mut Option<String>) -> Result<Look, Error> {
        let ended = client.get_task(self.id).await?.ended_at.is_some();
        let page = client.list_task_log(self.id, &self.filter(), cursor.as_deref()).await?;
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
    format!("{at}  {level:5}  {}  {}{fields}", line.attempt, line.message)
}
