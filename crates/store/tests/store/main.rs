//! The store's SQL on a real Postgres.

mod control;
mod dequeue;
mod flow;
mod joins;
mod marks;
mod retry;
mod states;
mod support;
