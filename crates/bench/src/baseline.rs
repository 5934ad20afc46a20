//! The ceiling of HTTP alone: the same clients ask for what costs the server nothing.

use crate::cpu::Meter;
use crate::error::BenchError;
use crate::load::{Load, Measured, Work};
use crate::target::Target;

/// Answers a second to `GET /healthz`.
pub(crate) async fn ceiling(
    target: &Target<'_>,
    clients: usize,
    meter: &Meter,
) -> Result<Measured, BenchError> {
    let load = Load { addresses: target.addresses(), clients, work: Work::Baseline };
    load.run(target.harness.scale.window.map(|window| window / 2), meter).await
}
