//! `windlass workers`.

use clap::Args;

use super::target::Target;
use super::{output, queue_table};
use crate::failure::Failure;

/// The arguments of `windlass workers`.
#[derive(Args)]
pub(crate) struct Workers {
    #[command(flatten)]
    target: Target,
}

impl Workers {
    pub(super) async fn run(self, before: &Target) -> Result<(), Failure> {
        let target = &self.target.or(before);
        let server = target.server()?;
        let workers = server.all(server.workers()).await?;
        output::list(
            target,
            &workers,
            "workers have asked for tasks in the last 5 minutes",
            queue_table::workers,
        )
    }
}
