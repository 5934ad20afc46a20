//! Ends jobs and all that follows, in waves.

use std::collections::BTreeMap;

use uuid::Uuid;
use windlass_domain::PipelineTally;

use super::ending::Ending;
use super::tally::tally;
use super::{children, close, fail_fast, pipelines};
use crate::work::{Interrupt, Work};

/// Ends these jobs and all that follows from it, up to their pipelines.
pub(crate) async fn roll_up(work: &mut Work, endings: Vec<Ending>) -> Result<(), Interrupt> {
    let mut tallies: BTreeMap<Uuid, PipelineTally> = BTreeMap::new();
    let mut failed = Vec::new();
    let mut wave = endings;
    while !wave.is_empty() {
        failed.extend(fail_fast::failures(&wave));
        close::close_jobs(work, &wave).await?;
        for ending in &wave {
            tally(&mut tallies, ending);
        }
        wave = children::resolve_edges(work, &wave).await?;
        if wave.is_empty() {
            // Edges come first: only when they have ended all they end is the rest cancelled.
            wave = fail_fast::cancel_rest(work, &std::mem::take(&mut failed)).await?;
        }
    }
    if !tallies.is_empty() {
        work.write_effects().await?;
        pipelines::add_tallies(work, &tallies).await?;
    }
    Ok(())
}
