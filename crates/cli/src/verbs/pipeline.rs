//! `windlass pipeline`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use uuid::Uuid;
use windlass_sdk::PipelineFilter;
use windlass_sdk::wire::{self, FoundEntity, Json, PatchPipeline, PipelineState, Priority};
use windlass_server::Body;

use super::confirm::{Sure, Why};
use super::control::{Act, Cancel, Control, Order, Retry};
use super::file::Written;
use super::ids::OnePipeline;
use super::many::{self, Bulk};
use super::server::{Server, page};
use super::set::Set;
use super::target::Target;
use super::which::{OneOrMany, pair};
use super::words::{PIPELINE_STATES, PRIORITIES, Setting, json, one_of, setting};
use super::{complete, output, pipeline_table, preview, watch, why};
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
    /// Creates a pipeline from a file. All faults of the file are told at once, with line and column.
    Submit {
        /// JSON, TOML or YAML as of POST /v1/pipelines; - reads JSON from standard input.
        file: PathBuf,
        /// Changes a value of the file, such as priority=high or jobs.scan.payload.path=/data; what is no JSON is a text. Any number of
        /// times.
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<Set>,
        /// Follows the pipeline to its end; the exit code is 0 only if it succeeded.
        #[arg(long)]
        watch: bool,
    },
    /// Shows a pipeline and its jobs, and why it failed.
    Get {
        #[command(flatten)]
        what: OnePipeline,
    },
    /// Lists pipelines, newest first.
    List(List),
    /// Follows a pipeline to its end, a progress bar per job; the exit code is 0 only if it succeeded.
    Watch {
        #[command(flatten)]
        what: OnePipeline,
    },
    #[command(flatten)]
    Control(Control<OneOrMany>),
    /// Says that no more jobs will be added to a pipeline.
    Seal {
        #[command(flatten)]
        what: OnePipeline,
        #[command(flatten)]
        why: Why,
    },
    /// Ends a pipeline at once, or every one that fits; what runs of it is cancelled. Asks before.
    Cancel {
        #[command(flatten)]
        order: Cancel<OneOrMany>,
        /// Lets clean-up jobs run first: those with a failed, finished or always edge, and what hangs below them.
        #[arg(long)]
        clean_up: bool,
    },
    /// Runs again what did not succeed of a pipeline that has ended, or of every one that fits, and what was skipped because of that.
    Retry {
        #[command(flatten)]
        order: Retry<OneOrMany>,
        /// When it is cancelled, with clean-up, if it has not ended, such as 2026-11-22T20:00:00Z [default: never].
        #[arg(long, value_name = "TIME")]
        deadline_at: Option<DateTime<Utc>>,
    },
    /// Changes when a pipeline is cancelled, with clean-up, if it has not ended.
    #[command(allow_missing_positional = true)]
    Deadline {
        #[command(flatten)]
        what: OnePipeline,
        /// A time such as 2026-11-22T20:00:00Z; none: never.
        #[arg(value_name = "TIME|none", value_parser = setting::<DateTime<Utc>>)]
        at: Setting<DateTime<Utc>>,
    },
    /// Changes the priority of a pipeline, for what is handed out from now on.
    #[command(allow_missing_positional = true)]
    Prioritize {
        #[command(flatten)]
        what: OnePipeline,
        /// The new priority.
        #[arg(value_parser = one_of::<Priority>(PRIORITIES))]
        priority: Priority,
    },
    /// Changes the metadata of a pipeline, in every state.
    #[command(allow_missing_positional = true)]
    Annotate {
        #[command(flatten)]
        what: OnePipeline,
        /// A merge patch (RFC 7396): its members are set, those that are null removed.
        #[arg(value_name = "JSON", value_parser = json)]
        metadata: Json,
    },
    /// Deletes an ended pipeline with its jobs, tasks and attempts. Asks before.
    Delete {
        #[command(flatten)]
        what: OnePipeline,
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
    #[arg(long, add = complete::pipeline_names())]
    name: Option<String>,
    /// Only those of this priority.
    #[arg(long, value_parser = one_of::<Priority>(PRIORITIES))]
    priority: Option<Priority>,
    /// Only those with this correlation id.
    #[arg(long)]
    correlation_id: Option<String>,
    /// Only those made from this template.
    #[arg(long, value_name = "NAME", add = complete::templates())]
    template: Option<String>,
    /// Only those whose metadata has this text as a top-level member; up to 5 times.
    #[arg(long, value_name = "KEY=TEXT", value_parser = pair)]
    metadata: Vec<(String, String)>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

impl Pipeline {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        match self.verb {
            Verb::Submit { file, set, watch } => submit(target, server, &file, &set, watch).await,
            Verb::Get { what } => get(target, server, what.of(server).await?).await,
            Verb::List(list) => list.run(target, server).await,
            Verb::Watch { what } => watch::watch(target, server, what.of(server).await?).await,
            Verb::Control(verb) => control(target, server, verb.order()).await,
            Verb::Seal { what, why } => {
                let id = what.of(server).await?;
                show(target, &server.answer(server.seal_pipeline(id, why.text())).await?)
            }
            Verb::Cancel { order, clean_up } => cancel(target, server, order, clean_up).await,
            Verb::Retry { order, deadline_at } => retry(target, server, order, deadline_at).await,
            Verb::Deadline { what, at } => {
                let change = PatchPipeline { deadline_at: Some(at.value()), ..PatchPipeline::default() };
                patch(target, server, &what, &change).await
            }
            Verb::Prioritize { what, priority } => {
                let change = PatchPipeline { priority: Some(priority), ..PatchPipeline::default() };
                patch(target, server, &what, &change).await
            }
            Verb::Annotate { what, metadata } => {
                let change = PatchPipeline { metadata: Some(metadata), ..PatchPipeline::default() };
                patch(target, server, &what, &change).await
            }
            Verb::Delete { what, sure } => delete(target, server, &what, &sure).await,
        }
    }
}

async fn submit(
    target: &Target,
    server: &Server,
    file: &Path,
    changes: &[Set],
    follow: bool,
) -> Result<(), Failure> {
    let file = Written::read(file)?.set(changes)?.check(Body::Pipeline)?;
    let body = file.json()?;
    // A key of its own lets the SDK repeat the call without creating a second pipeline.
    let client = server.idempotent(&Uuid::new_v4().to_string());
    let created = server.ask(client.create_pipeline_from(&body)).await;
    let pipeline = created.map_err(|error| file.refused(error))?;
    if follow {
        return watch::watch(target, server, pipeline.id).await;
    }
    if target.json { output::json(&pipeline) } else { output::text(&pipeline.id.to_string()) }
}

async fn get(target: &Target, server: &Server, id: Uuid) -> Result<(), Failure> {
    let pipeline = server.answer(server.get_pipeline(id)).await?;
    show(target, &pipeline)?;
    if target.json {
        return Ok(());
    }
    match why::of_pipeline(server, &pipeline).await {
        Some(why) => output::text(&format!("\n{why}")),
        None => Ok(()),
    }
}

async fn control(target: &Target, server: &Server, order: Order<OneOrMany>) -> Result<(), Failure> {
    let Some(id) = &order.what.id else {
        let bulk = match order.act {
            Act::Pause => Bulk::Pause,
            Act::Resume => Bulk::Resume,
        };
        return many::control(target, bulk, order.what, (&order.why, &order.sure)).await;
    };
    let (id, reason) = (id.of(server, FoundEntity::Pipeline).await?, order.why.text());
    let pipeline = match order.act {
        Act::Pause => server.answer(server.pause_pipeline(id, reason)).await?,
        Act::Resume => server.answer(server.resume_pipeline(id, reason)).await?,
    };
    show(target, &pipeline)
}

async fn cancel(
    target: &Target,
    server: &Server,
    order: Cancel<OneOrMany>,
    clean_up: bool,
) -> Result<(), Failure> {
    let Some(id) = &order.what.id else {
        return many::control(target, Bulk::Cancel { clean_up }, order.what, (&order.why, &order.sure)).await;
    };
    let (id, reason) = (id.of(server, FoundEntity::Pipeline).await?, order.why.text());
    let doing = if clean_up { "Cancel it, with clean-up" } else { "Cancel it" };
    ask(server, id, &order.sure, doing).await?;
    let pipeline = if clean_up {
        server.answer(server.clean_up_pipeline(id, reason)).await?
    } else {
        server.answer(server.cancel_pipeline(id, reason)).await?
    };
    show(target, &pipeline)
}

async fn retry(
    target: &Target,
    server: &Server,
    order: Retry<OneOrMany>,
    deadline_at: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let scope = order.scope();
    let Some(id) = &order.what.id else {
        let bulk = Bulk::Retry { scope, deadline_at };
        return many::control(target, bulk, order.what, (&order.why, &order.sure)).await;
    };
    let id = id.of(server, FoundEntity::Pipeline).await?;
    if let Some((doing, sure)) = order.question() {
        ask(server, id, sure, doing).await?;
    }
    let retried = server.retry_pipeline(id, scope, order.why.text(), deadline_at);
    show(target, &server.answer(retried).await?)
}

async fn patch(
    target: &Target,
    server: &Server,
    what: &OnePipeline,
    change: &PatchPipeline,
) -> Result<(), Failure> {
    let id = what.of(server).await?;
    show(target, &server.answer(server.patch_pipeline(id, change)).await?)
}

async fn delete(target: &Target, server: &Server, what: &OnePipeline, sure: &Sure) -> Result<(), Failure> {
    let id = what.of(server).await?;
    let pipeline = ask(server, id, sure, "Delete it").await?;
    server.answer(server.delete_pipeline(id)).await?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&pipeline) } else { output::text(&id.to_string()) }
}

async fn ask(server: &Server, id: Uuid, sure: &Sure, doing: &str) -> Result<wire::Pipeline, Failure> {
    let pipeline = server.answer(server.get_pipeline(id)).await?;
    sure.confirm(&preview::pipeline(&pipeline), doing)?;
    Ok(pipeline)
}

fn show(target: &Target, pipeline: &wire::Pipeline) -> Result<(), Failure> {
    output::one(target, pipeline, pipeline_table::pipeline)
}

impl List {
    async fn run(self, target: &Target, server: &Server) -> Result<(), Failure> {
        let filter = PipelineFilter {
            state: self.state,
            name: self.name,
            priority: self.priority,
            correlation_id: self.correlation_id,
            template: self.template,
            metadata: self.metadata.into_iter().collect(),
            limit: page(self.limit),
            ..PipelineFilter::default()
        };
        let found = server.some(server.pipelines(filter), self.limit).await?;
        output::listed(target, &found, "pipelines", pipeline_table::pipelines)
    }
}
