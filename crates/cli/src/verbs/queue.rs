//! `windlass queue`.

use clap::{Args, Subcommand};
use windlass_sdk::wire::{self, PatchQueue};

use super::confirm::Why;
use super::target::Target;
use super::words::{Setting, setting};
use super::{complete, output, queue_table};
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
        #[arg(value_name = "TYPE", add = complete::types())]
        r#type: String,
    },
    /// Shows what a type did in each of the last minutes, the newest first.
    History {
        /// The type.
        #[arg(value_name = "TYPE", add = complete::types())]
        r#type: String,
        /// The last so many minutes; 7 days are kept.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_080))]
        minutes: u32,
    },
    /// Stops handing out tasks of a type; what runs goes on.
    Pause {
        /// The type, seen before or not.
        #[arg(value_name = "TYPE", add = complete::types())]
        r#type: String,
        #[command(flatten)]
        why: Why,
    },
    /// Hands out tasks of a type again.
    Resume {
        /// The type.
        #[arg(value_name = "TYPE", add = complete::types())]
        r#type: String,
        #[command(flatten)]
        why: Why,
    },
    /// Limits how many tasks of a type run at once, over all servers.
    Limit {
        /// The type, seen before or not.
        #[arg(value_name = "TYPE", add = complete::types())]
        r#type: String,
        /// The most that run at once; 0 hands out nothing, none lifts the limit.
        #[arg(value_name = "MOST|none", value_parser = setting::<u32>)]
        most: Setting<u32>,
        #[command(flatten)]
        why: Why,
    },
}

impl Queue {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = &target.server()?;
        let (name, why, patch) = match self.verb {
            Verb::List => {
                let queues = server.all(server.queues()).await?;
                return output::list(target, &queues, "queues", queue_table::queues);
            }
            Verb::Get { r#type } => return show(target, &server.answer(server.get_queue(&r#type)).await?),
            Verb::History { r#type, minutes } => {
                let history = server.answer(server.get_queue_history(&r#type, minutes)).await?.items;
                return output::list(target, &history, "minutes with anything to tell", queue_table::minutes);
            }
            Verb::Pause { r#type, why } => (r#type, why, paused(true)),
            Verb::Resume { r#type, why } => (r#type, why, paused(false)),
            Verb::Limit { r#type, most, why } => {
                (r#type, why, PatchQueue { max_running: Some(most.value()), ..PatchQueue::default() })
            }
        };
        let patch = PatchQueue { reason: why.text().map(str::to_owned), ..patch };
        show(target, &server.answer(server.patch_queue(&name, &patch)).await?)
    }
}

fn paused(paused: bool) -> PatchQueue {
    PatchQueue { paused: Some(paused), ..PatchQueue::default() }
}

fn show(target: &Target, queue: &wire::Queue) -> Result<(), Failure> {
    output::one(target, queue, |screen, queue| queue_table::queues(screen, std::slice::from_ref(queue)))
}
