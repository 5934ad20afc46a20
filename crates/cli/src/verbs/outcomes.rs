//! `windlass outcomes`.

use clap::{ArgGroup, Args, Subcommand};
use windlass_sdk::OutcomeFilter;
use windlass_sdk::wire::{FoundEntity, ItemOutcome};

use super::confirm::Sure;
use super::grid::{self, Grid};
use super::ids::{Id, JobId, optional, optional_job};
use super::screen::Screen;
use super::server::{Server, page};
use super::target::Target;
use super::{complete, output};
use crate::failure::Failure;

/// The arguments of `windlass outcomes`.
#[derive(Args)]
pub(crate) struct Outcomes {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists outcomes, newest first: of a subject, a pipeline, a job or a task, which may be gone.
    List(Box<List>),
    /// Removes all outcomes of a subject, for good. Asks before. The counts of jobs stay.
    Delete {
        /// The subject.
        subject: String,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Args)]
#[command(group(ArgGroup::new("whose").required(true).multiple(true).args(["subject", "pipeline", "job", "task"])))]
// As clap writes it, it is wider than many terminals.
#[command(override_usage = "windlass outcomes list [OPTIONS] <--subject|--pipeline|--job|--task>")]
struct List {
    /// Only those of this subject.
    #[arg(long)]
    subject: Option<String>,
    /// Only those of this pipeline: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "PIPELINE", add = complete::pipelines())]
    pipeline: Option<Id>,
    /// Only those of this job: its id, the first 8 or more characters of it, or PIPELINE/KEY.
    #[arg(long, value_name = "JOB", add = complete::jobs())]
    job: Option<JobId>,
    /// Only those of this task: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "TASK", add = complete::tasks())]
    task: Option<Id>,
    /// Only those of this kind, which may be empty.
    #[arg(long)]
    kind: Option<String>,
    /// Only those with this disposition, such as failed.
    #[arg(long, value_name = "WORD")]
    disposition: Option<String>,
    /// Only the newest of each subject and kind; with --disposition failed: what is failed now.
    #[arg(long)]
    current: bool,
    /// At most so many, the newest first.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Outcomes {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::List(list) => {
                let outcomes = server.outcomes(list.filter(server).await?);
                output::listed(target, &server.some(outcomes, list.limit).await?, "outcomes", rows)
            }
            Verb::Delete { subject, sure } => delete(target, server, &subject, &sure).await,
        }
    }
}

async fn delete(target: &Target, server: &Server, subject: &str, sure: &Sure) -> Result<(), Failure> {
    let newest = OutcomeFilter { limit: Some(5), ..of_subject(subject) };
    let newest = server.answer(server.list_outcomes(&newest, None)).await?;
    let doing = format!("remove all outcomes of {subject:?}, for good");
    sure.confirm(&rows(&target.screen(), &newest.items), &doing)?;
    let removed = server.answer(server.delete_outcomes(subject)).await?;
    if target.json { output::json(&removed) } else { output::text(&format!("{} removed", removed.removed)) }
}

impl List {
    async fn filter(&self, server: &Server) -> Result<OutcomeFilter, Failure> {
        Ok(OutcomeFilter {
            subject: self.subject.clone(),
            kind: self.kind.clone(),
            disposition: self.disposition.clone(),
            pipeline_id: optional(server, self.pipeline.as_ref(), FoundEntity::Pipeline).await?,
            job_id: optional_job(server, self.job.as_ref()).await?,
            task_id: optional(server, self.task.as_ref(), FoundEntity::Task).await?,
            current: self.current.then_some(true),
            limit: page(self.limit),
        })
    }
}

fn of_subject(subject: &str) -> OutcomeFilter {
    OutcomeFilter { subject: Some(subject.to_owned()), ..OutcomeFilter::default() }
}

/// Outcomes, a row each.
fn rows(screen: &Screen, outcomes: &[ItemOutcome]) -> String {
    let header = ["AT", "SUBJECT", "KIND", "DISPOSITION", "REASON", "VERSION", "TASK", "ATTEMPT"];
    let mut grid = Grid::new(screen, &header, &["ATTEMPT", "VERSION"]);
    for outcome in outcomes {
        grid.row([
            grid::word(screen.time(Some(outcome.at))),
            grid::text(&outcome.subject),
            grid::text(&outcome.kind),
            grid::text(&outcome.disposition),
            grid::text(outcome.reason.clone().unwrap_or_default()),
            grid::text(outcome.version.clone().unwrap_or_default()),
            grid::id(outcome.task_id),
            grid::word(outcome.attempt.to_string()),
        ]);
    }
    grid.text()
}
