//! `GET /v1/queues`, `GET /v1/queues/{type}`.

use windlass_domain::TypeName;

use crate::db::deadline;
use crate::resource::Resource;
use crate::view::Queue;
use crate::{Error, Store};

impl Store {
    /// Every queue, by type.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn queues(&self) -> Result<Vec<Queue>, Error> {
        self.read_queues(None).await
    }

    /// One queue.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`].
    pub async fn queue(&self, type_name: &TypeName) -> Result<Queue, Error> {
        self.read_queues(Some(type_name.as_str())).await?.pop().ok_or(Error::NotFound(Resource::Queue))
    }

    async fn read_queues(&self, type_name: Option<&str>) -> Result<Vec<Queue>, Error> {
        let queues = sqlx::query_file_as!(Queue, "src/queues/read.sql", type_name,);
        Ok(deadline(queues.fetch_all(&self.db.pool)).await?)
    }
}
