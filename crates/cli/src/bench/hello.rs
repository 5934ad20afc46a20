//! The ceiling of HTTP alone: the same clients ask for what costs the server nothing.

use super::cpu::Meter;
use super::load::{Load, Measured, Work};
use super::site::Site;
use crate::failure::Failure;

/// Answers a second to `GET /healthz`.
pub(super) async fn ceiling(site: &Site<'_>, clients: usize, meter: &Meter) -> Result<Measured, Failure> {
    let load = Load { addresses: site.addresses(), clients, work: Work::Hello };
    load.run(site.lab.scale.window.map(|window| window / 2), meter).await
}
