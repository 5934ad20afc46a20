//! Creates with very many edges come one at a time, so that a few of them do not hold all connections and memory.

use tokio::sync::MutexGuard;

use crate::Store;
use crate::input::NewJob;

/// Edges of a create that does not wait for others.
const LARGE: usize = 5_000;

impl Store {
    /// Waits until no other large create is under way in this process; at once for jobs with up to 5,000 edges. The caller bounds the time.
    pub(crate) async fn admit(&self, jobs: &[NewJob]) -> Option<MutexGuard<'_, ()>> {
        if edges(jobs) > LARGE { Some(self.memory.large_creates.lock().await) } else { None }
    }
}

/// The edges of these jobs.
pub(super) fn edges(jobs: &[NewJob]) -> usize {
    jobs.iter().map(|job| job.depends_on.len()).sum()
}
