//! The ceiling of HTTP alone: the same clients ask for what costs the server nothing.

use crate::cpu::Meter;
use crate::error::BenchError;
use crate::load::{Load, Measured, Work};
use crate::site::Site;

/// Answers a second to `GET /healthz`.
pub(crate) async fn ceiling(site: &Site<'_>, clients: usize, meter: &Meter) -> Result<Measured, BenchError> {
    let load = Load { addresses: site.addresses(), clients, work: Work::Hello };
    load.run(site.lab.scale.window.map(|window| window / 2), meter).await
}
