//! What webhooks are told, between the store, which keeps deliveries, and [`outbound`](crate::outbound), which makes calls.
//!
//! Which events a filter takes and what a body looks like is decided here; nothing here waits for a receiver but an attempt itself.

mod body;
mod filter;
mod known;
mod message;
mod plan;
mod prepare;
mod renew;
mod send;
mod test_call;

pub(crate) use known::KnownWebhooks;
pub(crate) use plan::plan;
pub(crate) use prepare::body_of;
pub(crate) use renew::{Renewal, renew};
pub(crate) use send::attempts;
pub(crate) use test_call::test;
