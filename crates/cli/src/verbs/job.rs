//! `windlass job`.

use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::wire::{Json, NewStandaloneJob, Priority};

use super::words::{PRIORITIES, one_of};
use super::{Target, output, refused, watch};
use crate::failure::Failure;

/// The arguments of `windlass job`.
#[derive(Args)]
pub(crate) struct Job {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Creates a job that stands alone, in a pipeline of one.
    Submit(Submit),
}

#[derive(Args)]
struct Submit {
    /// What workers ask for.
    r#type: String,
    /// What to work on, any JSON.
    #[arg(long, value_name = "JSON", value_parser = json)]
    payload: Option<Json>,
    /// Whose tasks are dequeued first [default: medium].
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Ties it to what else belongs together.
    #[arg(long)]
    correlation_id: Option<String>,
    /// Follows the job to its end; the exit code is 0 only if it succeeded.
    #[arg(long)]
    watch: bool,
}

impl Job {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let Verb::Submit(submit) = self.verb;
        submit.run(&self.target).await
    }
}

impl Submit {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        let job = NewStandaloneJob {
            payload: self.payload,
            priority: self.priority,
            correlation_id: self.correlation_id,
            ..NewStandaloneJob::new(self.r#type)
        };
        let client = target.client()?.idempotent(&Uuid::new_v4().to_string());
        let job = client.create_job(&job).await.map_err(refused)?;
        if self.watch {
            return watch::watch(target, job.pipeline_id).await;
        }
        if target.json { output::json(&job) } else { output::text(&job.id.to_string()) }
    }
}

fn json(text: &str) -> Result<Json, serde_json::Error> {
    Json::from_text(text.to_owned())
}
