//! What holds for every call.

mod bodies;
mod bounds;
mod fields;
mod fuzz;
mod headers;
mod hostile;
mod hosts;
mod idempotency;
mod lists;
pub(crate) mod numbers;
mod order_of_refusals;
mod payloads;
mod query;
mod routes;
mod sizes;
mod verbs;
