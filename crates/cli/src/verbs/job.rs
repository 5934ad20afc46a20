//! `windlass job`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::JobFilter;
use windlass_sdk::wire::{self, FoundEntity, JobState, Json, NewStandaloneJob, Priority, RetryJob};
use windlass_server::Body;

use super::confirm::{Sure, Why};
use super::control::{Act, Cancel, Control, Order, Retry};
use super::file::{Written, is_file};
use super::ids::{Id, optional};
use super::server::{Server, page};
use super::set::Set;
use super::target::Target;
use super::which::OneJob;
use super::words::{JOB_STATES, PRIORITIES, json, one_of};
use super::{complete, job_table, output, preview, submit_many, watch, why};
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
    /// Creates a job that is alone in its pipeline, from a type or a file; or many from a file.
    Submit(Submit),
    /// Lists jobs, newest first.
    List(List),
    /// Shows a job, and why it failed.
    Get(OneJob),
    /// Lists the errors that ended tasks of a job for good, those that ended most first.
    Errors(OneJob),
    #[command(flatten)]
    Control(Control<OneJob>),
    /// Says that no more tasks will be added to a job.
    Seal {
        #[command(flatten)]
        what: OneJob,
        #[command(flatten)]
        why: Why,
    },
    /// Ends a job at once; what runs of it is cancelled. Asks before.
    Cancel(Cancel<OneJob>),
    /// Runs again what did not succeed of a job that has ended, and what was skipped because of that.
    Retry {
        #[command(flatten)]
        order: Retry<OneJob>,
        /// Runs everything below it again, too; what runs there is cancelled. Asks before.
        #[arg(long)]
        descendants: bool,
    },
    /// Skips a job that has not ended, and what depends on its success. Asks before.
    Skip {
        #[command(flatten)]
        what: OneJob,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Args)]
struct List {
    /// Only those of this pipeline: its id, or the first 8 or more characters of it.
    #[arg(long, value_name = "PIPELINE", add = complete::pipelines())]
    pipeline: Option<Id>,
    /// Only those of this type.
    #[arg(long, add = complete::types())]
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
    /// A file with the job, as POST /v1/jobs takes it: its name ends in .json, .toml, .yaml or .yml; - reads JSON from standard input. Or the type of
    /// the job, which is what workers ask for.
    #[arg(value_name = "FILE|TYPE", required_unless_present = "file", add = complete::types())]
    what: Option<String>,
    /// Creates a job of each line of this file, a JSON object as POST /v1/jobs takes it, 1,000 in a call; - reads standard input. The exit code is 0
    /// only if all were created.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["what", "payload", "priority", "correlation_id", "set", "watch"])]
    file: Option<PathBuf>,
    /// What to work on, any JSON.
    #[arg(long, value_name = "JSON", value_parser = json)]
    payload: Option<Json>,
    /// Whose tasks are handed out first [default: medium].
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Ties it to what else belongs together.
    #[arg(long)]
    correlation_id: Option<String>,
    /// Changes a value of the file, such as payload.path=/data; what is no JSON is a text. Any number of times.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<Set>,
    /// Follows the job to its end; the exit code is 0 only if it succeeded.
    #[arg(long)]
    watch: bool,
}

impl Job {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Submit(submit) => submit.run(target, server).await,
            Verb::List(list) => list.run(target, server).await,
            Verb::Get(OneJob { id }) => get(target, server, id.of(server).await?).await,
            Verb::Errors(OneJob { id }) => errors(target, server, id.of(server).await?).await,
            Verb::Control(verb) => control(target, server, verb.order()).await,
            Verb::Seal { what, why } => {
                let id = what.id.of(server).await?;
                show(target, &server.answer(server.seal_job(id, why.text())).await?)
            }
            Verb::Cancel(order) => cancel(target, server, &order).await,
            Verb::Retry { order, descendants } => retry(target, server, &order, descendants).await,
            Verb::Skip { what, why, sure } => {
                let id = ask(server, &what, &sure, "Skip it").await?;
                show(target, &server.answer(server.skip_job(id, why.text())).await?)
            }
        }
    }
}

async fn get(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let job = server.answer(server.get_job(id)).await?;
    show(target, &job)?;
    if target.json || job.counts.failed == 0 {
        return Ok(());
    }
    match why::of_job(server, job.id, &job.key).await {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

async fn errors(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let errors = server.answer(server.list_job_errors(id)).await?.items;
    output::list(target, &errors, "errors", job_table::errors)
}

async fn control(target: &Target, server: &Server, order: Order<OneJob>) -> Result<(), Failure> {
    let (id, reason) = (order.what.id.of(server).await?, order.why.text());
    let job = match order.act {
        Act::Pause => server.answer(server.pause_job(id, reason)).await?,
        Act::Resume => server.answer(server.resume_job(id, reason)).await?,
    };
    show(target, &job)
}

async fn cancel(target: &Target, server: &Server, order: &Cancel<OneJob>) -> Result<(), Failure> {
    let id = ask(server, &order.what, &order.sure, "Cancel it").await?;
    show(target, &server.answer(server.cancel_job(id, order.why.text())).await?)
}

async fn ask(server: &Server, what: &OneJob, sure: &Sure, doing: &str) -> Result<Uuid, Failure> {
    let job = server.answer(server.get_job(what.id.of(server).await?)).await?;
    sure.confirm(&preview::job(&job), doing)?;
    Ok(job.id)
}

fn show(target: &Target, job: &wire::Job) -> Result<(), Failure> {
    output::one(target, job, job_table::job)
}

async fn retry(
    target: &Target,
    server: &Server,
    order: &Retry<OneJob>,
    descendants: bool,
) -> Result<(), Failure> {
    let asked = match (order.question(), descendants) {
        (None, false) => None,
        (Some((doing, _)), false) => Some(doing),
        (None, true) => Some("Run it and everything below it again"),
        (Some(_), true) => Some("Run all of it and everything below it again"),
    };
    let id = match asked {
        Some(doing) => ask(server, &order.what, &order.sure, doing).await?,
        None => order.what.id.of(server).await?,
    };
    let again = RetryJob {
        scope: Some(order.scope()),
        descendants: descendants.then_some(true),
        reason: order.why.text().map(str::to_owned),
    };
    show(target, &server.answer(server.retry_job(id, &again)).await?)
}

impl List {
    async fn run(self, target: &Target, server: &Server) -> Result<(), Failure> {
        let filter = JobFilter {
            pipeline_id: optional(server, self.pipeline.as_ref(), FoundEntity::Pipeline).await?,
            r#type: self.r#type,
            state: self.state,
            limit: page(self.limit),
        };
        let found = server.some(server.jobs(filter), self.limit).await?;
        output::listed(target, &found, "jobs", job_table::jobs)
    }
}

impl Submit {
    async fn run(self, target: &Target, server: &Server) -> Result<(), Failure> {
        let Some(what) = self.what else {
            // Without one there is a file: the arguments say so.
            return submit_many::submit_many(target, &self.file.unwrap_or_default()).await;
        };
        let client = server.idempotent(&Uuid::new_v4().to_string());
        let job = if is_file(&what) {
            let also = [self.payload.is_some(), self.priority.is_some(), self.correlation_id.is_some()];
            if also.contains(&true) {
                let instead = "--set changes a value of a file: --payload, --priority and --correlation-id are for a type";
                return Err(Failure::Usage(instead.to_owned()));
            }
            let file = Written::read(Path::new(&what))?.set(&self.set)?.check(Body::Job)?;
            let body = file.json()?;
            server.ask(client.create_job_from(&body)).await.map_err(|error| file.refused(error))?
        } else {
            if !self.set.is_empty() {
                return Err(Failure::Usage(format!("--set is for a file, and {what} is a type")));
            }
            let job = NewStandaloneJob {
                payload: self.payload,
                priority: self.priority,
                correlation_id: self.correlation_id,
                ..NewStandaloneJob::new(what)
            };
            server.answer(client.create_job(&job)).await?
        };
        if self.watch {
            return watch::watch(target, server, job.pipeline_id).await;
        }
        if target.json { output::json(&job) } else { output::text(&job.id.to_string()) }
    }
}
