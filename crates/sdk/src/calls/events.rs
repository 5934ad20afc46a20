//! `/v1/events`.

use windlass_wire::EventPage;

use super::Cursor;
use crate::{Client, Error, EventFilter};

impl Client {
    /// One page of the audit trail, oldest first, from `cursor` on; an empty page means nothing new yet.
    ///
    /// # Errors
    /// What any call can fail with.
    pub async fn list_events(&self, filter: &EventFilter, cursor: Option<&str>) -> Result<EventPage, Error> {
        self.fetch(self.get(&["v1", "events"]).query(filter).query(&Cursor { cursor })).await
    }
}
