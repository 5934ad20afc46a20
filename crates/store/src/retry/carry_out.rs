//! Carries out the plan of a retry.

use std::collections::HashSet;

use uuid::Uuid;
use windlass_domain::Reason;

use super::plan::Plan;
use super::reopen::reopen;
use super::scope::Tasks;
use crate::rollup::{reopen_pipeline, roll_up};
use crate::work::{Interrupt, Work};

/// Carries a plan out, up to the pipeline.
pub(crate) async fn carry_out(
    work: &mut Work,
    plan: Plan,
    seeds: &HashSet<Uuid>,
    tasks: Tasks,
    reason: Option<&Reason>,
) -> Result<(), Interrupt> {
    let (tally, endings) = reopen(work, &plan, seeds, tasks, reason).await?;
    work.write_effects().await?;
    reopen_pipeline(work, plan.pipeline, tally, reason.map(Reason::to_string)).await?;
    roll_up(work, endings).await
}
