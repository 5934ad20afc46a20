//! `windlass outcomes`.

use clap::{ArgGroup, Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::OutcomeFilter;
use windlass_sdk::wire::ItemOutcome;

use super::confirm::Sure;
use super::target::{Target, refused};
use super::{output, table};
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
struct List {
    /// Only those of this subject.
    #[arg(long)]
    subject: Option<String>,
    /// Only those of this pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: Option<Uuid>,
    /// Only those of this job.
    #[arg(long, value_name = "ID")]
    job: Option<Uuid>,
    /// Only those of this task.
    #[arg(long, value_name = "ID")]
    task: Option<Uuid>,
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
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.target.client()?;
        match self.verb {
            Verb::List(list) => {
                let outcomes = client.outcomes(list.filter()).take(list.limit);
                let outcomes: Vec<_> = outcomes.try_collect().await.map_err(refused)?;
                if self.target.json { output::json(&outcomes) } else { output::text(&rows(&outcomes)) }
            }
            Verb::Delete { subject, sure } => {
                let newest = OutcomeFilter { limit: Some(5), ..of_subject(&subject) };
                let newest = client.list_outcomes(&newest, None).await.map_err(refused)?;
                sure.confirm(&rows(&newest.items), &format!("remove all outcomes of {subject:?}, for good"))?;
                let removed = client.delete_outcomes(&subject).await.map_err(refused)?;
                if self.target.json {
                    output::json(&removed)
                } else {
                    output::text(&format!("{} removed", removed.removed))
                }
            }
        }
    }
}

impl List {
    fn filter(&self) -> OutcomeFilter {
        OutcomeFilter {
            subject: self.subject.clone(),
            kind: self.kind.clone(),
            disposition: self.disposition.clone(),
            pipeline_id: self.pipeline,
            job_id: self.job,
            task_id: self.task,
            current: self.current.then_some(true),
            limit: u32::try_from(self.limit.clamp(1, 500)).ok(),
        }
    }
}

fn of_subject(subject: &str) -> OutcomeFilter {
    OutcomeFilter { subject: Some(subject.to_owned()), ..OutcomeFilter::default() }
}

/// Outcomes, a row each.
fn rows(outcomes: &[ItemOutcome]) -> String {
    let mut table =
        table::headed(&["AT", "SUBJECT", "KIND", "DISPOSITION", "REASON", "VERSION", "TASK", "ATTEMPT"]);
    for outcome in outcomes {
        table.add_row([
            table::instant(Some(outcome.at)),
            outcome.subject.clone(),
            outcome.kind.clone(),
            outcome.disposition.clone(),
            outcome.reason.clone().unwrap_or_default(),
            outcome.version.clone().unwrap_or_default(),
            outcome.task_id.to_string(),
            outcome.attempt.to_string(),
        ]);
    }
    table.trim_fmt()
}
