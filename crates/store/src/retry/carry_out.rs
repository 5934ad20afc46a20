//! Carries out the plan of a retry.

use windlass_domain::Reason;

use super::plan::Plan;
use super::reopen::reopen;
use crate::rollup::{reopen_pipeline, roll_up};
use crate::work::{Interrupt, Work};

/// Carries a plan out, up to the pipeline.
pub(crate) async fn carry_out(work: &mut Work, plan: Plan, reason: Option<&Reason>) -> Result<(), Interrupt> {
    let (tally, endings) = reopen(work, &plan, reason).await?;
    work.write_effects().await?;
    reopen_pipeline(work, plan.pipeline, tally, reason.map(Reason::to_string)).await?;
    roll_up(work, endings).await
}
