//! Reading what workers report.

mod batch;
mod complete;
mod fail;
mod fields;
mod heartbeat;
mod log;
mod outcomes;
mod progress;
mod release;

pub(crate) use batch::{Item, read_items};
pub(crate) use complete::take_complete;
pub(crate) use fail::take_fail;
pub(crate) use heartbeat::take_heartbeat;
pub(crate) use log::{read_logs, take_log};
pub(crate) use outcomes::take_outcomes;
pub(crate) use progress::take_progress;
pub(crate) use release::take_release;
