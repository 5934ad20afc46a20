//! The SDK's worker against the service, behind a network that does its worst: no task is lost, none counts twice, the breaker opens and
//! closes, and work goes on within 5 s of the network's return.
//!
//! In each test tasks run while trouble begins, others are added while it lasts, and others again when it is over. A minute's absence in the
//! worker's own time is tested in the SDK (`resilience/repeat.rs`), where time is paused; here it is the database's clock that moves.

mod shift;
mod troubles;
