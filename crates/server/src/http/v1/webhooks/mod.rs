//! `/v1/webhooks`.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod deliveries;
pub(super) mod get;
pub(super) mod list;
pub(super) mod patch;
mod path;
pub(super) mod pause;
pub(super) mod resume;
pub(super) mod retry;
pub(super) mod rotate_secret;
mod sight;
pub(super) mod test;
