//! `POST /v1/tasks/{id}/release`.

use crate::attempts::Report;
use crate::input::Release;
use crate::view::Task;
use crate::{Error, Store};

impl Store {
    /// Gives leases back, their attempts not counted; answers each in the order asked. A repeat answers as the first did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`].
    pub async fn release(&self, batch: &[Release]) -> Result<Vec<Result<Task, Error>>, Error> {
        self.report(&batch.iter().map(Report::Release).collect::<Vec<_>>()).await
    }
}
