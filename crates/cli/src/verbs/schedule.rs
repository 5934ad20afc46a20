//! `windlass schedule`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::{self, PutSchedule};
use windlass_server::Body;

use super::confirm::{Sure, Why};
use super::file::Written;
use super::server::Server;
use super::target::Target;
use super::{complete, output, pipeline_table, schedule_table};
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
    /// Makes a schedule from a file, or changes the one of that name.
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
        #[arg(long, add = complete::templates())]
        template: Option<String>,
    },
    /// Shows a schedule with its next times.
    Get {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
    },
    /// Deletes a schedule; its pipelines stay. Asks before.
    Delete {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
        #[command(flatten)]
        sure: Sure,
    },
    /// Pauses a schedule: none of its times counts until it is resumed, and what it missed is not made up for.
    Pause {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Resumes a schedule: its times count again, from now on.
    Resume {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
        #[command(flatten)]
        why: Why,
    },
    /// Makes a pipeline of a schedule now, paused or not.
    Trigger {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
        /// The time that its template sees, such as 2026-11-22T03:00:00Z, not ahead [default: now].
        #[arg(long, value_name = "TIME")]
        scheduled_at: Option<DateTime<Utc>>,
    },
    /// Lists what became of the times of a schedule, the newest first.
    Runs {
        /// The schedule's name.
        #[arg(add = complete::schedules())]
        name: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

impl Schedule {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Put { file, name } => put(target, server, &file, name).await,
            Verb::List { template } => {
                let schedules = server.all(server.schedules(template.as_deref())).await?;
                output::list(target, &schedules, "schedules", schedule_table::schedules)
            }
            Verb::Get { name } => show(target, &server.answer(server.get_schedule(&name)).await?),
            Verb::Delete { name, sure } => delete(target, server, &name, &sure).await,
            Verb::Pause { name, why } => {
                show(target, &server.answer(server.pause_schedule(&name, why.text())).await?)
            }
            Verb::Resume { name, why } => {
                show(target, &server.answer(server.resume_schedule(&name, why.text())).await?)
            }
            Verb::Trigger { name, scheduled_at } => trigger(target, server, &name, scheduled_at).await,
            Verb::Runs { name, limit } => {
                let runs = server.some(server.schedule_runs(&name), limit).await?;
                output::listed(target, &runs, "runs yet", schedule_table::runs)
            }
        }
    }
}

async fn put(target: &Target, server: &Server, path: &Path, name: Option<String>) -> Result<(), Failure> {
    let file = Written::read(path)?.check(Body::Schedule)?;
    let schedule: PutSchedule = file.parse()?;
    let own = || path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
    let name = name.or_else(own).ok_or_else(|| Failure::Error("say --name".to_owned()))?;
    let put = server.ask(server.put_schedule(&name, &schedule)).await;
    show(target, &put.map_err(|error| file.refused(error))?)
}

async fn delete(target: &Target, server: &Server, name: &str, sure: &Sure) -> Result<(), Failure> {
    let schedule = server.answer(server.get_schedule(name)).await?;
    sure.confirm(&schedule_table::schedule(&target.screen(), &schedule), "Delete it")?;
    server.answer(server.delete_schedule(name)).await?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&schedule) } else { output::text(name) }
}

async fn trigger(
    target: &Target,
    server: &Server,
    name: &str,
    scheduled_at: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    // A key of its own lets the SDK repeat the call without making a second pipeline.
    let client = server.idempotent(&Uuid::new_v4().to_string());
    let pipeline = server.answer(client.trigger_schedule(name, scheduled_at)).await?;
    output::one(target, &pipeline, pipeline_table::pipeline)
}

fn show(target: &Target, schedule: &wire::Schedule) -> Result<(), Failure> {
    output::one(target, schedule, schedule_table::schedule)
}
