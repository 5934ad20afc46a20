//! Which of two refusals is answered when a request is wrong and its resource does not exist.

use windlass_store::Resource;

use super::Problem;
use crate::app::App;
use crate::engine::within;

impl App {
    /// What was read of a call below a resource. A refused reading is answered only if the resource exists: its absence
    /// comes first in the contract's order of refusals.
    ///
    /// # Errors
    /// 404 of the resource, or the refusal.
    pub(crate) async fn below<T>(
        &self,
        resource: Resource,
        id: uuid::Uuid,
        read: Result<T, Problem>,
    ) -> Result<T, Problem> {
        let Err(refusal) = &read else { return read };
        if refusal.yields_to_absence() && !within(self.store().exists(resource, id)).await? {
            return Err(Problem::not_found(resource));
        }
        read
    }
}
