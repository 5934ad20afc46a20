//! `POST /v1/tasks/{id}/fail` and `POST /v1/tasks/fail`.

use crate::attempts::Report;
use crate::input::Fail;
use crate::view::Task;
use crate::{Error, Store};

impl Store {
    /// Fails attempts, and tries again what the policy or the report says; answers each in the order asked. A repeat
    /// answers as the first did.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for the whole batch; for an item [`Error::NotFound`], [`Error::LeaseLost`].
    pub async fn fail(&self, batch: &[Fail]) -> Result<Vec<Result<Task, Error>>, Error> {
        self.report(&batch.iter().map(Report::Fail).collect::<Vec<_>>()).await
    }
}
