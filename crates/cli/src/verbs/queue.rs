//! `windlass queue`.

use clap::{Args, Subcommand};
use futures_util::TryStreamExt;
use windlass_sdk::wire::PatchQueue;

use super::target::{Target, refused};
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
    },
    /// Hands out tasks of a type again.
    Resume {
        /// The type.
        r#type: String,
    },
    /// Bounds how many tasks of a type run at once, over all servers.
    Limit {
        /// The type, seen before or not.
        r#type: String,
        /// The most that run at once; 0 hands out nothing, none lifts the limit.
        #[arg(value_name = "MOST|none", value_parser = limit)]
        most: Limit,
    },
}

/// A limit, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    None,
    Most(u32),
}

impl Queue {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (name, patch) = match self.verb {
            Verb::List => return list(&self.target).await,
            Verb::Get { r#type } => return get(&self.target, &r#type).await,
            Verb::Pause { r#type } => (r#type, PatchQueue { paused: Some(true), ..PatchQueue::default() }),
            Verb::Resume { r#type } => (r#type, PatchQueue { paused: Some(false), ..PatchQueue::default() }),
            Verb::Limit { r#type, most } => (r#type, limited(most)),
        };
        let queue = self.target.client()?.patch_queue(&name, &patch).await.map_err(refused)?;
        show(&self.target, &queue)
    }
}

fn limited(limit: Limit) -> PatchQueue {
    let most = match limit {
        Limit::None => None,
        Limit::Most(most) => Some(most),
    };
    PatchQueue { max_running: Some(most), ..PatchQueue::default() }
}

fn limit(text: &str) -> Result<Limit, String> {
    match text.parse() {
        Ok(most) => Ok(Limit::Most(most)),
        Err(_) if text == "none" => Ok(Limit::None),
        Err(_) => Err("must be a whole number, or none".to_owned()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_none() {
        assert_eq!(limit("0"), Ok(Limit::Most(0)));
        assert_eq!(limit("20"), Ok(Limit::Most(20)));
        assert_eq!(limit("none"), Ok(Limit::None));
        for bad in ["", "-1", "many", "1.5", "4294967296"] {
            assert!(limit(bad).is_err(), "{bad}");
        }
    }
}
