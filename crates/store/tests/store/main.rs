//! The store's SQL on a real Postgres.

mod flow;
mod support;
