//! One method per call of the HTTP contract, grouped as it groups them.

mod attempts;
mod bulk;
mod events;
mod ids;
mod jobs;
mod keys;
mod logs;
mod outcomes;
mod pipelines;
mod probes;
mod queues;
mod reports;
mod schedules;
mod system;
mod tasks;
mod templates;
mod webhooks;

use serde::Serialize;

/// Where in a list to go on.
#[derive(Serialize)]
struct Cursor<'a> {
    cursor: Option<&'a str>,
}
