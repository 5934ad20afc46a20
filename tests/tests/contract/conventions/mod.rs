//! What holds for every call.

mod bodies;
mod bounds;
mod fields;
mod lists;
mod numbers;
mod order_of_refusals;
mod payloads;
mod query;
mod routes;
mod sizes;
