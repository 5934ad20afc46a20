//! What an operator does to a pipeline: `windlass pipeline cancel`, `pause` and so on.

use clap::Subcommand;
use uuid::Uuid;
use windlass_sdk::Client;
use windlass_sdk::wire::{Json, PatchPipeline, Pipeline, Priority, RetryScope};

use super::confirm::{Sure, Why};
use super::pipeline::show;
use super::words::{PRIORITIES, json, one_of};
use super::{Target, output, preview, refused};
use crate::failure::Failure;

#[derive(Subcommand)]
pub(super) enum Control {
    /// Ends a pipeline at once; what runs of it is cancelled. Asks before.
    Cancel {
        /// The pipeline.
        id: Uuid,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Stops handing out tasks of a pipeline; what runs goes on.
    Pause {
        /// The pipeline.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Hands out tasks of a pipeline again.
    Resume {
        /// The pipeline.
        id: Uuid,
        #[command(flatten)]
        why: Why,
    },
    /// Runs again what failed or was cancelled of an ended pipeline, and what was skipped because of it.
    Retry {
        /// The pipeline.
        id: Uuid,
        /// Runs every job and task again, also those that succeeded. Asks before.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        why: Why,
        #[command(flatten)]
        sure: Sure,
    },
    /// Says that no more jobs will come.
    Seal {
        /// The pipeline.
        id: Uuid,
        #[command(flatten)]
        why: Why,
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

impl Control {
    pub(super) async fn run(self, target: &Target) -> Result<(), Failure> {
        let client = target.client()?;
        let pipeline = match self {
            Self::Cancel { id, why, sure } => {
                ask(&client, id, &sure, "Cancel it").await?;
                client.cancel_pipeline(id, why.text()).await
            }
            Self::Pause { id, why } => client.pause_pipeline(id, why.text()).await,
            Self::Resume { id, why } => client.resume_pipeline(id, why.text()).await,
            Self::Retry { id, all: false, why, .. } => {
                client.retry_pipeline(id, RetryScope::Failed, why.text()).await
            }
            Self::Retry { id, why, sure, .. } => {
                ask(&client, id, &sure, "Run all of it again").await?;
                client.retry_pipeline(id, RetryScope::All, why.text()).await
            }
            Self::Seal { id, why } => client.seal_pipeline(id, why.text()).await,
            Self::Prioritize { id, priority } => {
                let patch = PatchPipeline { priority: Some(priority), ..PatchPipeline::default() };
                client.patch_pipeline(id, &patch).await
            }
            Self::Annotate { id, metadata } => {
                let patch = PatchPipeline { metadata: Some(metadata), ..PatchPipeline::default() };
                client.patch_pipeline(id, &patch).await
            }
            Self::Delete { id, sure } => return delete(target, &client, id, &sure).await,
        };
        show(target, &pipeline.map_err(refused)?)
    }
}

async fn delete(target: &Target, client: &Client, id: Uuid, sure: &Sure) -> Result<(), Failure> {
    let pipeline = ask(client, id, sure, "Delete it").await?;
    client.delete_pipeline(id).await.map_err(refused)?;
    // As it was: there is nothing left to show.
    if target.json { output::json(&pipeline) } else { output::text(&id.to_string()) }
}

async fn ask(client: &Client, id: Uuid, sure: &Sure, doing: &str) -> Result<Pipeline, Failure> {
    let pipeline = client.get_pipeline(id).await.map_err(refused)?;
    sure.confirm(&preview::pipeline(&pipeline), doing)?;
    Ok(pipeline)
}
