//! How Windlass keeps its state: Postgres, and nothing else.
mod audit;
mod connection;
mod error;
mod ids;
mod input;
mod jobs;
mod page;
mod pipelines;
mod queue_counts;
mod rollup;
mod tasks;
mod transaction;
mod view;
pub use connection::{ConnectError, Ready, Settings, Store};
pub use error::{Error, Refusal, Resource};
pub use input::*;
pub use view::*;
