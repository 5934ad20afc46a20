//! The SDK against a server that answers as each test says.

#![expect(clippy::unwrap_used, reason = "a helper of tests fails the test that called it")]

mod calls;
mod events;
mod fake;
mod item_outcomes;
mod keys;
mod metrics;
mod outcomes;
mod records;
mod retries;
mod test_server;
mod tls;
mod trace;
mod worker;
