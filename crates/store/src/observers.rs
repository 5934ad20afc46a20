//! To whom commits are announced: one wakes waiting polls, one watches what ends, one reads the end of the audit.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::events::Happened;

/// Called after each commit that made tasks waiting: the type, and how many more can be leased at the most.
pub type Ready = Arc<dyn Fn(&str, usize) + Send + Sync>;

/// Called after each commit that ended something; it must not block.
pub type Watch = Arc<dyn Fn(Happened) + Send + Sync>;

/// To whom a store announces what it has committed.
#[derive(Clone)]
pub(crate) struct Observers {
    pub(crate) ready: Ready,
    pub(crate) watch: Watch,
    /// Notified after each commit that may have appended events.
    pub(crate) appended: Arc<Notify>,
}

impl Observers {
    /// Announces the effects of a transaction that has committed.
    pub(crate) fn announce(&self, ready: BTreeMap<String, usize>, ended: Happened) {
        self.appended.notify_one();
        for (type_name, tasks) in ready {
            (self.ready)(&type_name, tasks);
        }
        if !ended.is_empty() {
            (self.watch)(ended);
        }
    }
}
