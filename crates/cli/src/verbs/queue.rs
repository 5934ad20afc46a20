//! `windlass queue`.

use clap::{Args, Subcommand};
use futures_util::TryStreamExt;
use windlass_sdk::wire::PatchQueue;

use super::confirm::Why;
use super::target::{Target, refused};
use super::words::{Setting, setting};
use super::{output, table};
use crate::failure::Failure;

/// The arguments of `windlass queue`.
#[derive(Args)]
pub(crate) struct Queue {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    target: Target,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists queues, by type.
    List,
    /// Shows the queue of a type.
    Get {
        /// The type.
        r#type: String,
    },
    /// Stops handing out tasks of a type; what runs goes on.
    Pause {
        /// The type, seen before or not.
        r#type: String,
        #[command(flatten)]
        why: Why,
    },
    /// Hands out tasks of a type again.
    Resume {
        /// The type.
        r#type: String,
        #[command(flatten)]
        why: Why,
    },
    /// Bounds how many tasks of a type run at once, over all servers.
    Limit {
        /// The type, seen before or not.
        r#type: String,
        /// The most that run at once; 0 hands out nothing, none lifts the limit.
        #[arg(value_name = "MOST|none", value_parser = setting::<u32>)]
        most: Setting<u32>,
        #[command(flatten)]
        why: Why,
    },
}

impl Queue {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (name, why, patch) = match self.verb {
            Verb::List => return list(&self.target).await,
            Verb::Get { r#type } => return get(&self.target, &r#type).await,
            Verb::Pause { r#type, why } => (r#type, why, paused(true)),
            Verb::Resume { r#type, why } => (r#type, why, paused(false)),
            Verb::Limit { r#type, most, why } => {
                (r#type, why, PatchQueue { max_running: Some(most.value()), ..PatchQueue::default() })
            }
        };
        let patch = PatchQueue { reason: why.text().map(str::to_owned), ..patch };
        let queue = self.target.client()?.patch_queue(&name, &patch).await.map_err(refused)?;
        show(&self.target, &queue)
    }
}

fn paused(paused: bool) -> PatchQueue {
    PatchQueue { paused: Some(paused), ..PatchQueue::default() }
}

async fn list(target: &Target) -> Result<(), Failure> {
    let queues: Vec<_> = target.client()?.queues().try_collect().await.map_err(refused)?;
    if target.json { output::json(&queues) } else { output::text(&table::queues(&queues)) }
}

async fn get(target: &Target, name: &str) -> Result<(), Failure> {
    show(target, &target.client()?.get_queue(name).await.map_err(refused)?)
}

fn show(target: &Target, queue: &windlass_sdk::wire::Queue) -> Result<(), Failure> {
    if target.json { output::json(queue) } else { output::text(&table::queues(std::slice::from_ref(queue))) }
}
