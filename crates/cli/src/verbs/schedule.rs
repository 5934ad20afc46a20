//! `windlass schedule`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{self, PutSchedule};

use super::confirm::{Sure, Why};
use super::target::{Target, refused};
use super::{file, output, schedule_table, table};
use crate::failure::Failure;

/// The arguments of `windlass schedule`.
#[derive(Args)]
pub(crate) struct Schedule {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes a schedule from a file, or changes the one of this name.
    Put {
        /// JSON, TOML or YAML as of PUT /v1/schedules/NAME; - reads JSON from standard input.
        file: PathBuf,
        /// Its name [default: the file's, without its ending].
        #[arg(long, required_if_eq("file", "-"))]
        name: Option<String>,
    },
    /// Lists schedules, by name.
    List {
        /// Only those of this template.
        #[arg(long)]
        template: Option<String>,
    },
    /// Shows a schedule with its next times.
    Get {
        /// The schedule's name.
        name: String,
    },
    /// Deletes a schedule; its pipelines stay. Asks before.
    Delete {
        /// The schedule's name.
        name: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Has nothing of it come due until it is resumed; nothing of that time is made up.
    Pause {
        /// The schedule's name.
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Has its times count again, from now on.
    Resume {
        /// The schedule's name.
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Makes a pipeline of it, paused or not.
    Trigger {
        /// The schedule's name.
        name: String,
        /// The time that its template sees, such as 2026-11-22T03:00:00Z, not ahead [default: now].
        #[arg(long, value_name = "TIME")]
        scheduled_at: Option<DateTime<Utc>>,
    },
    /// Lists what became of its times, newest recorded first.
    Runs {
        /// The schedule's name.
        name: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

impl Schedule {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let target = &self.target;
        match self.verb {
            Verb::Put { file, name } => put(target, &file, name).await,
            Verb::List { template } => list(target, template.as_deref()).await,
            Verb::Get { name } => show(target, &target.client()?.get_schedule(&name).await.map_err(refused)?),
            Verb::Delete { name, sure } => delete(target, &name, &sure).await,
            Verb::Pause { name, why } => {
                show(target, &target.client()?.pause_schedule(&name, why.text()).await.map_err(refused)?)
            }
            Verb::Resume { name, why } => {
                show(target, &target.client()?.resume_schedule(&name, why.text()).await.map_err(refused)?)
            }
            Verb::Trigger { name, scheduled_at } => trigger(target, &name, scheduled_at).await,
            Verb::Runs { name, limit } => runs(target, &name, limit).await,
        }
    }
}

async fn put(target: &Target, path: &Path, name: Option<String>) -> Result<(), Failure> {
    let schedule: PutSchedule = file::read(path)?;
    let own = || path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let name = name.or_else(own).ok_or_else(|| Failure::Error("say --name".to_owned()))?;
    show(target, &target.client()?.put_schedule(&name, &schedule).await.map_err(refused)?)
}

async fn list(target: &Target, template: Option<&str>) -> Result<(), Failure> {
    let schedules: Vec<_> = target.client()?.schedules(template).try_collect().await.map_err(refused)?;
    if target.json { output::json(&schedules) } else { output::text(&schedule_table::schedules(&schedules)) }
}

async fn delete(target: &Target, name: &str, sure: &Sure) -> Result<(), Failure> {
    let client = target.client()?;
    let schedule = client.get_schedule(name).await.map_err(refused)?;
    sure.confirm(&schedule_table::schedule(&schedule), "Delete it")?;
    client.delete_schedule(name).await.map_err(refused)?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&schedule) } else { output::text(name) }
}

async fn trigger(target: &Target, name: &str, scheduled_at: Option<DateTime<Utc>>) -> Result<(), Failure> {
    // A key of its own lets the SDK repeat the call without making a second pipeline.
    let client = target.client()?.idempotent(&Uuid::new_v4().to_string());
    let pipeline = client.trigger_schedule(name, scheduled_at).await.map_err(refused)?;
    if target.json { output::json(&pipeline) } else { output::text(&table::pipeline(&pipeline)) }
}

async fn runs(target: &Target, name: &str, limit: usize) -> Result<(), Failure> {
    let runs = target.client()?.schedule_runs(name).take(limit);
    let runs: Vec<_> = runs.try_collect().await.map_err(refused)?;
    if target.json { output::json(&runs) } else { output::text(&schedule_table::runs(&runs)) }
}

fn show(target: &Target, schedule: &wire::Schedule) -> Result<(), Failure> {
    if target.json { output::json(schedule) } else { output::text(&schedule_table::schedule(schedule)) }
}
