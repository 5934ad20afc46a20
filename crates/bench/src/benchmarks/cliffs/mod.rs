//! Where other systems fall off: each of these is to cost little more than the plain case beside it.

mod payload;
mod pipeline;
mod scheduled;
mod servers;
mod types;

pub(super) use payload::payload;
pub(super) use pipeline::pipeline;
pub(super) use scheduled::scheduled;
pub(super) use servers::servers;
pub(super) use types::types;
