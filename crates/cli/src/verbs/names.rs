//! What people call pipelines and jobs, beside their ids.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_sdk::Client;
use windlass_sdk::wire::{Event, FoundEntity};

/// As many ids as a call may ask for.
const MOST: usize = 100;
/// So many names are remembered while events are followed.
const REMEMBERED: usize = 10_000;

/// Names that are known: of a pipeline its name, of a job that of its pipeline and its key.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// `None`: it has none any more, or it may not be seen.
    known: HashMap<Uuid, Option<String>>,
}

impl Names {
    /// What this is called.
    pub(super) fn of(&self, id: Uuid) -> Option<&str> {
        self.known.get(&id)?.as_deref()
    }

    /// Asks for the names of what these events are about. Where that fails they are shown without: events are worth more than their names.
    pub(super) async fn learn(&mut self, client: &Client, events: &[Event]) {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        let ids = events.iter().flat_map(|event| [event.pipeline_id, event.job_id]).flatten();
        let mut unknown: Vec<Uuid> = ids.filter(|id| !self.known.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        for some in unknown.chunks(MOST) {
            let asked: Vec<String> = some.iter().map(Uuid::to_string).collect();
            let found = client.find_ids(&asked).await.unwrap_or_default();
            self.known.extend(some.iter().map(|id| (*id, None)));
            for found in found.into_iter().filter(|found| found.entity != FoundEntity::Task) {
                let name = match found.key {
                    Some(key) => format!("{}/{key}", found.name),
                    None => found.name,
                };
                self.known.insert(found.id, Some(name));
            }
        }
    }
}
