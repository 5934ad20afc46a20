//! `windlass job`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{self, JobState, Json, NewStandaloneJob, Priority, RetryJob};
use windlass_sdk::{Client, JobFilter};

use super::confirm::{Sure, Why};
use super::control::{Act, Cancel, Control, Order, Retry};
use super::target::{Target, refused};
use super::which::One;
use super::words::{JOB_STATES, PRIORITIES, json, one_of};
use super::{output, preview, submit_many, table, watch};
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
    /// Creates a standalone job, in a pipeline of one; or many from a file.
    Submit(Submit),
    /// Lists jobs, newest first.
    List(List),
    /// Shows a job.
    Get {
        /// The job.
        id: Uuid,
    },
    #[command(flatten)]
    Control(Control<One>),
    /// Ends it at once; what runs of it is cancelled. Asks before.
    Cancel(Cancel<One>),
    /// Runs again what did not succeed of it, once it has ended, and what was skipped because of that.
    Retry {
        #[command(flatten)]
        order: Retry<One>,
        /// Runs everything below it again, too; what runs there is cancelled. Asks before.
        #[arg(long)]
        descendants: bool,
    },
    /// Skips a job that has not ended, and what depends on its success. Asks before.
    Skip {
        /// The job.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Args)]
struct List {
    /// Only those of this pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: Option<Uuid>,
    /// Only those of this type.
    #[arg(long)]
    r#type: Option<String>,
    /// Only those in this state.
    #[arg(long, value_parser = one_of::<JobState>(JOB_STATES))]
    state: Option<JobState>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Args)]
struct Submit {
    /// What workers ask for.
    #[arg(required_unless_present = "file")]
    r#type: Option<String>,
    /// Creates a job of each line of this file, a JSON object such as `POST /v1/jobs` takes, 1,000 a call; `-` reads standard input. The exit code is 0
    /// only if all were created.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["type", "payload", "priority", "correlation_id", "watch"])]
    file: Option<PathBuf>,
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
        match self.verb {
            Verb::Submit(submit) => submit.run(&self.target).await,
            Verb::List(list) => list.run(&self.target).await,
            Verb::Get { id } => {
                let job = self.target.client()?.get_job(id).await.map_err(refused)?;
                show(&self.target, &job)
            }
            Verb::Control(verb) => control(&self.target, verb.order()).await,
            Verb::Cancel(order) => cancel(&self.target, &order).await,
            Verb::Retry { order, descendants } => retry(&self.target, &order, descendants).await,
            Verb::Skip { id, why, sure } => skip(&self.target, id, &why, &sure).await,
        }
    }
}

async fn control(target: &Target, order: Order<One>) -> Result<(), Failure> {
    let (client, id, reason) = (target.client()?, order.what.id, order.why.text());
    let job = match order.act {
        Act::Pause => client.pause_job(id, reason).await,
        Act::Resume => client.resume_job(id, reason).await,
        Act::Seal => client.seal_job(id, reason).await,
    };
    show(target, &job.map_err(refused)?)
}

async fn cancel(target: &Target, order: &Cancel<One>) -> Result<(), Failure> {
    let client = target.client()?;
    ask(&client, order.what.id, &order.sure, "Cancel it").await?;
    show(target, &client.cancel_job(order.what.id, order.why.text()).await.map_err(refused)?)
}

async fn skip(target: &Target, id: Uuid, why: &Why, sure: &Sure) -> Result<(), Failure> {
    let client = target.client()?;
    ask(&client, id, sure, "Skip it").await?;
    show(target, &client.skip_job(id, why.text()).await.map_err(refused)?)
}

async fn ask(client: &Client, id: Uuid, sure: &Sure, doing: &str) -> Result<(), Failure> {
    let job = client.get_job(id).await.map_err(refused)?;
    sure.confirm(&preview::job(&job), doing)
}

fn show(target: &Target, job: &wire::Job) -> Result<(), Failure> {
    if target.json { output::json(job) } else { output::text(&table::job(job)) }
}

async fn retry(target: &Target, order: &Retry<One>, descendants: bool) -> Result<(), Failure> {
    let (client, id) = (target.client()?, order.what.id);
    let asked = match (order.question(), descendants) {
        (None, false) => None,
        (Some((doing, _)), false) => Some(doing),
        (None, true) => Some("Run it and everything below it again"),
        (Some(_), true) => Some("Run all of it and everything below it again"),
    };
    if let Some(doing) = asked {
        ask(&client, id, &order.sure, doing).await?;
    }
    let again = RetryJob {
        scope: Some(order.scope()),
        descendants: descendants.then_some(true),
        reason: order.why.text().map(str::to_owned),
    };
    show(target, &client.retry_job(id, &again).await.map_err(refused)?)
}

impl List {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        let filter = JobFilter {
            pipeline_id: self.pipeline,
            r#type: self.r#type,
            state: self.state,
            limit: u32::try_from(self.limit.clamp(1, 500)).ok(),
        };
        let found: Vec<_> =
            target.client()?.jobs(filter).take(self.limit).try_collect().await.map_err(refused)?;
        if target.json { output::json(&found) } else { output::text(&table::jobs_by_id(&found)) }
    }
}

impl Submit {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        let Some(of_type) = self.r#type else {
            // Without a type there is a file: the arguments say so.
            return submit_many::submit_many(target, &self.file.unwrap_or_default()).await;
        };
        let job = NewStandaloneJob {
            payload: self.payload,
            priority: self.priority,
            correlation_id: self.correlation_id,
            ..NewStandaloneJob::new(of_type)
        };
        let client = target.client()?.idempotent(&Uuid::new_v4().to_string());
        let job = client.create_job(&job).await.map_err(refused)?;
        if self.watch {
            return watch::watch(target, job.pipeline_id).await;
        }
        if target.json { output::json(&job) } else { output::text(&job.id.to_string()) }
    }
}
