//! `windlass workers`.

use clap::Args;
use futures_util::TryStreamExt;

use super::target::{Target, refused};
use super::{output, table};
use crate::failure::Failure;

/// The arguments of `windlass workers`.
#[derive(Args)]
pub(crate) struct Workers {
    #[command(flatten)]
    target: Target,
}

impl Workers {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let workers: Vec<_> = self.target.client()?.workers().try_collect().await.map_err(refused)?;
        if self.target.json { output::json(&workers) } else { output::text(&table::workers(&workers)) }
    }
}
