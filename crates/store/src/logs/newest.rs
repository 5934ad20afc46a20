//! Where the end of a log begins, for who shows that alone.

use uuid::Uuid;

use crate::db::deadline;
use crate::{Error, Store};

impl Store {
    /// Behind which number the newest pieces of a task's log begin that have so many bytes: one piece at least, 500 at the most; 0 where it has none.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn end_of_task_log(&self, id: Uuid, bytes: i64) -> Result<i64, Error> {
        let begin = sqlx::query_scalar!(
            "SELECT min(number) FROM (
                 SELECT number, octet_length(content) AS own, sum(octet_length(content)) OVER (ORDER BY number DESC) AS all_behind
                 FROM (SELECT number, content FROM task_log WHERE task_id = $1 ORDER BY number DESC LIMIT 500) newest
             ) sized
             WHERE all_behind - own < $2",
            id,
            bytes,
        );
        Ok(deadline(begin.fetch_one(&self.db.pool)).await?.map_or(0, |number| number - 1))
    }
}
