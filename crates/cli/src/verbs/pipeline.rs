//! `windlass pipeline`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use futures_util::{StreamExt, TryStreamExt};
use uuid::Uuid;
use windlass_sdk::wire::{self, Json, NewPipeline, PatchPipeline, PipelineState, Priority};
use windlass_sdk::{Client, PipelineFilter};

use super::confirm::Sure;
use super::control::{Act, Cancel, Control, Order, Retry};
use super::many::{self, Bulk};
use super::target::{Target, refused};
use super::which::{OneOrMany, pair};
use super::words::{PIPELINE_STATES, PRIORITIES, Setting, json, one_of, setting};
use super::{file, output, preview, table, watch, why};
use crate::failure::Failure;

/// The arguments of `windlass pipeline`.
#[derive(Args)]
pub(crate) struct Pipeline {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Creates a pipeline from a file.
    Submit {
        /// JSON, TOML or YAML as of POST /v1/pipelines; - reads JSON from standard input.
        file: PathBuf,
        /// Follows the pipeline to its end; the exit code is 0 only if it succeeded.
        #[arg(long)]
        watch: bool,
    },
    /// Shows a pipeline and its jobs.
    Get {
        /// The pipeline.
        id: Uuid,
    },
    /// Lists pipelines, newest first.
    List(List),
    /// Follows a pipeline to its end, a progress bar per job; the exit code is 0 only if it succeeded.
    Watch {
        /// The pipeline.
        id: Uuid,
    },
    #[command(flatten)]
    Control(Control<OneOrMany>),
    /// Ends it at once; what runs of it is cancelled. Asks before.
    Cancel {
        #[command(flatten)]
        order: Cancel<OneOrMany>,
        /// Spares jobs with a failed, finished or always edge, and what hangs below them; it ends when they have.
        #[arg(long)]
        clean_up: bool,
    },
    /// Runs again what did not succeed of it, once it has ended, and what was skipped because of that.
    Retry {
        #[command(flatten)]
        order: Retry<OneOrMany>,
        /// When it is cancelled, with clean-up, if it has not ended, such as 2026-11-22T20:00:00Z [default: never].
        #[arg(long, value_name = "TIME")]
        deadline_at: Option<DateTime<Utc>>,
    },
    /// Changes when it is cancelled, with clean-up, if it has not ended.
    Deadline {
        /// The pipeline.
        id: Uuid,
        /// A time such as 2026-11-22T20:00:00Z; none: never.
        #[arg(value_name = "TIME|none", value_parser = setting::<DateTime<Utc>>)]
        at: Setting<DateTime<Utc>>,
    },
    /// Changes the priority, from the next dequeue on.
    Prioritize {
        /// The pipeline.
        id: Uuid,
        /// The new priority.
        #[arg(value_parser = one_of::<Priority>(PRIORITIES))]
        priority: Priority,
    },
    /// Changes the metadata, in every state.
    Annotate {
        /// The pipeline.
        id: Uuid,
        /// A merge patch (RFC 7396): its members are set, those that are null removed.
        #[arg(value_name = "JSON", value_parser = json)]
        metadata: Json,
    },
    /// Deletes an ended pipeline with its jobs, tasks and attempts. Asks before.
    Delete {
        /// The pipeline.
        id: Uuid,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Args)]
struct List {
    /// Only those in this state.
    #[arg(long, value_parser = one_of::<PipelineState>(PIPELINE_STATES))]
    state: Option<PipelineState>,
    /// Only those of this name.
    #[arg(long)]
    name: Option<String>,
    /// Only those of this priority.
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Only those with this correlation id.
    #[arg(long)]
    correlation_id: Option<String>,
    /// Only those made from this template.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// Only those whose metadata has this text as a top-level member; up to 5 times.
    #[arg(long, value_name = "KEY=TEXT", value_parser = pair)]
    metadata: Vec<(String, String)>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Pipeline {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self.verb {
            Verb::Submit { file, watch } => submit(&self.target, &file, watch).await,
            Verb::Get { id } => get(&self.target, id).await,
            Verb::List(list) => list.run(&self.target).await,
            Verb::Watch { id } => watch::watch(&self.target, id).await,
            Verb::Control(verb) => control(&self.target, verb.order()).await,
            Verb::Cancel { order, clean_up } => cancel(&self.target, order, clean_up).await,
            Verb::Retry { order, deadline_at } => retry(&self.target, order, deadline_at).await,
            Verb::Deadline { id, at } => {
                let change = PatchPipeline { deadline_at: Some(at.value()), ..PatchPipeline::default() };
                patch(&self.target, id, &change).await
            }
            Verb::Prioritize { id, priority } => {
                let change = PatchPipeline { priority: Some(priority), ..PatchPipeline::default() };
                patch(&self.target, id, &change).await
            }
            Verb::Annotate { id, metadata } => {
                let change = PatchPipeline { metadata: Some(metadata), ..PatchPipeline::default() };
                patch(&self.target, id, &change).await
            }
            Verb::Delete { id, sure } => delete(&self.target, id, &sure).await,
        }
    }
}

async fn submit(target: &Target, file: &Path, follow: bool) -> Result<(), Failure> {
    let pipeline: NewPipeline = file::read(file)?;
    // A key of its own lets the SDK repeat the call without creating a second pipeline.
    let client = target.client()?.idempotent(&Uuid::new_v4().to_string());
    let pipeline = client.create_pipeline(&pipeline).await.map_err(refused)?;
    if follow {
        return watch::watch(target, pipeline.id).await;
    }
    if target.json { output::json(&pipeline) } else { output::text(&pipeline.id.to_string()) }
}

async fn get(target: &Target, id: Uuid) -> Result<(), Failure> {
    let client = target.client()?;
    let pipeline = client.get_pipeline(id).await.map_err(refused)?;
    show(target, &pipeline)?;
    if target.json {
        return Ok(());
    }
    match why::of_pipeline(&client, &pipeline).await {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

async fn control(target: &Target, order: Order<OneOrMany>) -> Result<(), Failure> {
    let Some(id) = order.what.id else {
        let bulk = match order.act {
            Act::Pause => Bulk::Pause,
            Act::Resume => Bulk::Resume,
            Act::Seal => return Err(Failure::Error("one pipeline at a time is sealed".to_owned())),
        };
        return many::control(target, bulk, order.what, (&order.why, &order.sure)).await;
    };
    let (client, reason) = (target.client()?, order.why.text());
    let pipeline = match order.act {
        Act::Pause => client.pause_pipeline(id, reason).await,
        Act::Resume => client.resume_pipeline(id, reason).await,
        Act::Seal => client.seal_pipeline(id, reason).await,
    };
    show(target, &pipeline.map_err(refused)?)
}

async fn cancel(target: &Target, order: Cancel<OneOrMany>, clean_up: bool) -> Result<(), Failure> {
    let Some(id) = order.what.id else {
        return many::control(target, Bulk::Cancel { clean_up }, order.what, (&order.why, &order.sure)).await;
    };
    let (client, reason) = (target.client()?, order.why.text());
    let doing = if clean_up { "Cancel it, with clean-up" } else { "Cancel it" };
    ask(&client, id, &order.sure, doing).await?;
    let pipeline = if clean_up {
        client.clean_up_pipeline(id, reason).await
    } else {
        client.cancel_pipeline(id, reason).await
    };
    show(target, &pipeline.map_err(refused)?)
}

async fn retry(
    target: &Target,
    order: Retry<OneOrMany>,
    deadline_at: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let scope = order.scope();
    let Some(id) = order.what.id else {
        let bulk = Bulk::Retry { scope, deadline_at };
        return many::control(target, bulk, order.what, (&order.why, &order.sure)).await;
    };
    let client = target.client()?;
    if let Some((doing, sure)) = order.question() {
        ask(&client, id, sure, doing).await?;
    }
    let pipeline = client.retry_pipeline(id, scope, order.why.text(), deadline_at).await;
    show(target, &pipeline.map_err(refused)?)
}

async fn patch(target: &Target, id: Uuid, change: &PatchPipeline) -> Result<(), Failure> {
    show(target, &target.client()?.patch_pipeline(id, change).await.map_err(refused)?)
}

async fn delete(target: &Target, id: Uuid, sure: &Sure) -> Result<(), Failure> {
    let client = target.client()?;
    let pipeline = ask(&client, id, sure, "Delete it").await?;
    client.delete_pipeline(id).await.map_err(refused)?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&pipeline) } else { output::text(&id.to_string()) }
}

async fn ask(client: &Client, id: Uuid, sure: &Sure, doing: &str) -> Result<wire::Pipeline, Failure> {
    let pipeline = client.get_pipeline(id).await.map_err(refused)?;
    sure.confirm(&preview::pipeline(&pipeline), doing)?;
    Ok(pipeline)
}

fn show(target: &Target, pipeline: &wire::Pipeline) -> Result<(), Failure> {
    if target.json { output::json(pipeline) } else { output::text(&table::pipeline(pipeline)) }
}

impl List {
    async fn run(self, target: &Target) -> Result<(), Failure> {
        let filter = PipelineFilter {
            state: self.state,
            name: self.name,
            priority: self.priority,
            correlation_id: self.correlation_id,
            template: self.template,
            metadata: self.metadata.into_iter().collect(),
            limit: u32::try_from(self.limit.clamp(1, 500)).ok(),
            ..PipelineFilter::default()
        };
        let found = target.client()?.pipelines(filter).take(self.limit);
        let found: Vec<_> = found.try_collect().await.map_err(refused)?;
        if target.json { output::json(&found) } else { output::text(&table::pipelines(&found)) }
    }
}
