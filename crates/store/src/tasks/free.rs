//! Which types have a task that can be leased: what a server asks now and then for all its waiting polls at once, and a dequeue that leased
//! nothing.

use uuid::Uuid;
use windlass_domain::TypeName;

use super::made::Made;
use crate::db::deadline;
use crate::upkeep::Spans;
use crate::{Error, Store};

/// A type that seems to have a free task.
pub(super) struct Free {
    pub(super) type_name: String,
    /// The first job in line that has stale tasks: these are to be brought back before they can be leased.
    pub(super) stale: Option<Uuid>,
}

/// A type that was looked at.
struct Seen {
    r#type: String,
    limited: bool,
    stale: Option<Uuid>,
    free: bool,
}

impl Store {
    /// Those of the types that seem to have a free task: waiting, in a job that may be dequeued, of a queue with free capacity.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn free_types(&self, types: &[TypeName]) -> Result<Vec<String>, Error> {
        let types: Vec<String> = types.iter().map(TypeName::to_string).collect();
        Ok(self.look_for_free(Made::Anywhere, &types).await?.into_iter().map(|free| free.type_name).collect())
    }

    pub(super) async fn look_for_free(&self, made: Made, types: &[String]) -> Result<Vec<Free>, Error> {
        let spans = self.memory.low_water.spans(types).unwrap_or_else(|| Spans::all(types));
        // Both variants take these, in this order; the file's name has to be a literal.
        macro_rules! statement {
            ($file:literal) => {
                sqlx::query_file_as!(
                    Seen,
                    $file,
                    &spans.types,
                    &spans.priorities,
                    &spans.positions,
                    &spans.last_priorities,
                    &spans.behind_types,
                    &spans.behind_priorities,
                    &spans.behind_positions,
                )
                .fetch_all(&self.db.pool)
            };
        }
        let seen = match made {
            Made::Anywhere => deadline(statement!("src/tasks/free.sql")).await?,
            Made::ByJobnik => deadline(statement!("src/tasks/free_jobnik.sql")).await?,
        };
        let limited: Vec<String> = seen.iter().filter(|q| q.limited).map(|q| q.r#type.clone()).collect();
        self.memory.limited_types.note(types, &limited);
        let free = seen.into_iter().filter(|queue| queue.free);
        Ok(free.map(|queue| Free { type_name: queue.r#type, stale: queue.stale }).collect())
    }
}
