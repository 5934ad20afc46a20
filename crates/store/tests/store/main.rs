//! The store's SQL on a real Postgres.

mod dequeue;
mod flow;
mod joins;
mod marks;
mod support;
