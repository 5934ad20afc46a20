//! One method per call of the HTTP contract, grouped as it groups them.

mod attempts;
mod bulk;
mod events;
mod jobs;
mod pipelines;
mod probes;
mod queues;
mod reports;
mod tasks;

use serde::Serialize;

/// Where in a list to go on.
#[derive(Serialize)]
struct Cursor<'a> {
    cursor: Option<&'a str>,
}
