//! Carries out the plan of a retry.

use chrono::{DateTime, Utc};
use windlass_domain::Reason;

use super::plan::Plan;
use super::reopen::reopen;
use crate::rollup::{reopen_pipeline, roll_up};
use crate::work::{Interrupt, Work};

/// Carries a plan out, up to the pipeline, which has this deadline from then on where it begins anew.
pub(crate) async fn carry_out(
    work: &mut Work,
    plan: Plan,
    reason: Option<&Reason>,
    deadline: Option<DateTime<Utc>>,
) -> Result<(), Interrupt> {
    let (tally, endings) = reopen(work, &plan, reason).await?;
    work.write_effects().await?;
    reopen_pipeline(work, plan.pipeline, tally, reason.map(Reason::to_string), deadline).await?;
    roll_up(work, endings).await
}
