//! Webhooks: `docs/contract/webhooks.md`, sentence by sentence, with a receiver of the test's own.

mod bodies;
mod delivering;
mod events;
mod failing;
mod filters;
mod pausing;
mod receiver;
mod resource;
mod secrets;
mod sharing;
mod support;
mod validation;
