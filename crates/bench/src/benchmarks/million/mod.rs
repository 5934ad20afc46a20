//! A job of a million tasks: opened, paused, resumed, re-prioritised, cancelled, retried, deleted, and looked at through `/metrics`; and a million tasks
//! that a retry takes back.

mod big;
mod retry;
mod take_back;

use crate::error::BenchError;
use crate::fill::fill;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::{Sample, milliseconds};
use crate::target::Target;
use big::Big;

/// What the small database holds.
const FEW: usize = 1_000;

pub(super) async fn million(harness: &Harness) -> Result<(), BenchError> {
    let (large, small) = (Target::open(harness, 1).await?, Target::open(harness, 1).await?);
    let few = small.client().await?.unsealed_job("big").await?;
    fill(small.addresses()[0], &few, FEW.min(harness.scale.million)).await?;
    let mut job = Big::make(&large, harness.scale.million).await?;
    harness.settle().await?;
    metrics(harness, &large, &small).await?;
    job.control(harness).await?;
    job.retry(harness, &large).await?;
    take_back::take_back(harness, &large, harness.scale.million).await?;
    large.close().await?;
    small.close().await
}

async fn metrics(harness: &Harness, large: &Target<'_>, small: &Target<'_>) -> Result<(), BenchError> {
    let (mut at_large, mut at_small) = (large.client().await?, small.client().await?);
    let (mut many, mut few) = (Sample::default(), Sample::default());
    for _ in 0..harness.scale.pickups {
        few.push(milliseconds(at_small.timed_text("/metrics").await?.1));
        many.push(milliseconds(at_large.timed_text("/metrics").await?.1));
    }
    let what = format!("GET /metrics with {} tasks", harness.scale.million);
    harness.report(
        Row::new("metrics", what, many.median(), "ms")
            .against(few.median(), format!("with {FEW} tasks"))
            .ratio(many.median() / few.median())
            .spread(&many)
            .goal(Goal::RatioAtMost(1.5)),
    );
    Ok(())
}
