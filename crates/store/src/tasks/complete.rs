//! `POST /v1/tasks/{id}/complete` and `POST /v1/tasks/complete`.

use crate::attempts::Report;
use crate::input::Complete;
use crate::view::Task;
use crate::{Error, Store};

impl Store {
    /// Completes tasks and adds what they led to; answers each in the order asked. A repeat answers as the first did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`], [`Error::Refused`] for an unknown
    /// job in `add_tasks`, [`Error::JobSealed`].
    pub async fn complete(&self, batch: &[Complete]) -> Result<Vec<Result<Task, Error>>, Error> {
        self.report(&batch.iter().map(Report::Complete).collect::<Vec<_>>()).await
    }
}
