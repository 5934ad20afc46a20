//! Which of two refusals is answered when a request is wrong and its resource does not exist.

use std::collections::HashSet;

use uuid::Uuid;
use windlass_store::Resource;

use super::Problem;
use crate::app::App;
use crate::engine::within;
use crate::input::report::Item;

impl App {
    /// What was read of a call below a resource. A refused reading is answered only if the resource exists: its absence
    /// comes first in the contract's order of refusals.
    ///
    /// # Errors
    /// 404 of the resource, or the refusal.
    pub(crate) async fn below<T>(
        &self,
        resource: Resource,
        id: Uuid,
        read: Result<T, Problem>,
    ) -> Result<T, Problem> {
        let Err(refusal) = &read else { return read };
        if refusal.yields_to_absence() && !within(self.store().exists(resource, id)).await? {
            return Err(Problem::not_found(resource));
        }
        read
    }

    /// What was read of the items of a batch, each below its own task: as [`below`](Self::below), with one look for all.
    ///
    /// # Errors
    /// When the look could not be done.
    pub(crate) async fn below_tasks<T>(
        &self,
        items: Vec<Item<T>>,
    ) -> Result<Vec<(Option<Uuid>, Result<T, Problem>)>, Problem> {
        let refused: Vec<Uuid> =
            items.iter().filter(|item| item.report.is_err()).filter_map(|item| item.id).collect();
        let known = if refused.is_empty() {
            HashSet::new()
        } else {
            within(self.store().existing_tasks(&refused)).await?
        };
        let judge = |item: Item<T>| {
            let is_absent = item.id.is_some_and(|id| !known.contains(&id));
            let report = item.report.map_err(|refusal| {
                if is_absent { Problem::not_found(Resource::Task) } else { refusal.into() }
            });
            (item.id, report)
        };
        Ok(items.into_iter().map(judge).collect())
    }
}
