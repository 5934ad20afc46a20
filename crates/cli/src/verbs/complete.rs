//! What a shell offers for an argument: ids and names, asked of the server, within a second or not at all.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use futures_util::{Stream, StreamExt, TryStreamExt};
use windlass_sdk::wire::TaskState;
use windlass_sdk::{Client, Error, JobFilter, KeyFilter, PipelineFilter, TaskFilter};

use super::words::word;

/// How long a person waits for what a key of the keyboard offers.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many are offered.
const MOST: usize = 100;

/// A candidate and what is said of it.
type Offer = (String, String);

/// Ids of pipelines.
pub(super) fn pipelines() -> ArgValueCompleter {
    completer(async |client, _| {
        let found = some(client.pipelines(PipelineFilter::default())).await?;
        Ok(found
            .into_iter()
            .map(|of| (of.id.to_string(), format!("{}, {}", of.name, word(&of.state))))
            .collect())
    })
}

/// Names of pipelines.
pub(super) fn pipeline_names() -> ArgValueCompleter {
    completer(async |client, _| {
        let found = some(client.pipelines(PipelineFilter::default())).await?;
        Ok(found.into_iter().map(|of| (of.name, String::new())).collect())
    })
}

/// Jobs: by their ids, or behind a pipeline and a slash by their keys.
pub(super) fn jobs() -> ArgValueCompleter {
    completer(async |client, current| {
        let Some((pipeline, _)) = current.rsplit_once('/') else {
            let found = some(client.jobs(JobFilter::default())).await?;
            return Ok(found
                .into_iter()
                .map(|of| (of.id.to_string(), format!("{}, {}", of.key, word(&of.state))))
                .collect());
        };
        let id = if let Ok(id) = pipeline.parse() {
            Some(id)
        } else {
            let filter = PipelineFilter { name: Some(pipeline.to_owned()), ..PipelineFilter::default() };
            some(client.pipelines(filter)).await?.first().map(|newest| newest.id)
        };
        let Some(id) = id else { return Ok(Vec::new()) };
        let jobs = client.get_pipeline(id).await?.jobs.unwrap_or_default();
        Ok(jobs.into_iter().map(|of| (format!("{pipeline}/{}", of.key), word(&of.state))).collect())
    })
}

/// Ids of tasks: of those that run, and of those that failed last.
pub(super) fn tasks() -> ArgValueCompleter {
    completer(async |client, _| {
        let mut offers = Vec::new();
        for state in [TaskState::Running, TaskState::Failed] {
            let found =
                some(client.tasks(TaskFilter { state: Some(state), ..TaskFilter::default() })).await?;
            offers.extend(
                found
                    .into_iter()
                    .map(|of| (of.id.to_string(), format!("{}, {}", of.r#type, word(&of.state)))),
            );
        }
        Ok(offers)
    })
}

/// Types of queues.
pub(super) fn types() -> ArgValueCompleter {
    completer(async |client, _| {
        let queues = some(client.queues()).await?;
        Ok(queues.into_iter().map(|of| (of.r#type, format!("{} queued", of.queued))).collect())
    })
}

/// Names of templates.
pub(super) fn templates() -> ArgValueCompleter {
    completer(async |client, _| {
        let templates = some(client.templates()).await?;
        Ok(templates.into_iter().map(|of| (of.name, of.description.unwrap_or_default())).collect())
    })
}

/// Names of schedules.
pub(super) fn schedules() -> ArgValueCompleter {
    completer(async |client, _| {
        let schedules = some(client.schedules(None)).await?;
        Ok(schedules.into_iter().map(|of| (of.name, of.description.unwrap_or_default())).collect())
    })
}

/// Ids of keys.
pub(super) fn keys() -> ArgValueCompleter {
    completer(async |client, _| {
        let keys = some(client.keys(KeyFilter::default())).await?;
        Ok(keys.into_iter().map(|of| (of.id.to_string(), of.name)).collect())
    })
}

/// Ids of webhooks.
pub(super) fn webhooks() -> ArgValueCompleter {
    completer(async |client, _| {
        let webhooks = some(client.webhooks()).await?;
        Ok(webhooks.into_iter().map(|of| (of.id.to_string(), of.url)).collect())
    })
}

async fn some<T>(list: impl Stream<Item = Result<T, Error>>) -> Result<Vec<T>, Error> {
    list.take(MOST).try_collect().await
}

fn completer<F>(ask: F) -> ArgValueCompleter
where
    F: AsyncFn(&Client, &str) -> Result<Vec<Offer>, Error> + Send + Sync + 'static,
{
    ArgValueCompleter::new(move |current: &OsStr| {
        let current = current.to_string_lossy();
        let offers = offers(&current, &ask).unwrap_or_default();
        let mut known = std::collections::HashSet::new();
        let fitting = offers
            .into_iter()
            .filter(|(offer, _)| offer.starts_with(&*current) && known.insert(offer.clone()));
        fitting
            .map(|(offer, of)| CompletionCandidate::new(offer).help((!of.is_empty()).then(|| of.into())))
            .collect::<Vec<_>>()
    })
}

/// What the server has; nothing where it does not say so in time.
fn offers<F>(current: &str, ask: &F) -> Option<Vec<Offer>>
where
    F: AsyncFn(&Client, &str) -> Result<Vec<Offer>, Error>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let server = super::Target::of_line(std::env::args()).server().ok()?;
        tokio::time::timeout(PATIENCE, ask(&server, current)).await.ok()?.ok()
    })
}
