//! Which pipelines are meant, and how many.

use uuid::Uuid;
use windlass_domain::Limits;

use crate::db::deadline;
use crate::error::Refusal;
use crate::input::PipelineSet;
use crate::pipelines::walk::{Asked, LARGEST, Window, begin, look};
use crate::{Error, Store};

/// Whether to go on, asked between two steps.
pub(super) type GoesOn<'a> = &'a (dyn Fn() -> bool + Send + Sync);

impl Store {
    /// The pipelines that fit, the oldest first; `None` once it does not go on.
    ///
    /// # Errors
    /// [`Error::Refused`] of more than 10,000, [`Error::Unavailable`].
    pub(super) async fn find_set(
        &self,
        set: &PipelineSet,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<Vec<Uuid>>, Error> {
        let mut ids = Vec::new();
        let enough = |found: Window| {
            ids.extend(found.ids);
            ids.len() > Limits::BULK
        };
        let whole = self.walk_set(set, goes_on, enough).await?;
        if ids.len() > Limits::BULK {
            return Err(Error::Refused(vec![Refusal::TooManyPipelines { limit: Limits::BULK }]));
        }
        ids.reverse();
        Ok(whole.then_some(ids))
    }

    /// How many pipelines fit, whatever that is; `None` once it does not go on.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(super) async fn count_set(
        &self,
        set: &PipelineSet,
        goes_on: GoesOn<'_>,
    ) -> Result<Option<i64>, Error> {
        let mut matched = 0;
        let count = |found: Window| {
            matched += i64::try_from(found.ids.len()).unwrap_or(0);
            false
        };
        let whole = self.walk_set(set, goes_on, count).await?;
        Ok(whole.then_some(matched))
    }

    /// Looks at all pipelines that may fit, window by window, until `see` has enough. Whether it came to its end.
    async fn walk_set(
        &self,
        set: &PipelineSet,
        goes_on: GoesOn<'_>,
        mut see: impl FnMut(Window) -> bool,
    ) -> Result<bool, Error> {
        let asked = Asked::of(set);
        let start = deadline::<_, Error>(async {
            let mut connection = self.db.pool.acquire().await?;
            Ok(begin(&mut connection, &asked).await?)
        })
        .await?;
        let mut after = None;
        while goes_on() {
            let window = deadline::<_, Error>(async {
                let mut connection = self.db.pool.acquire().await?;
                Ok(look(&mut connection, (&asked, &start), after, (LARGEST, LARGEST)).await?)
            })
            .await?;
            after = window.looked_to;
            if see(window) || after.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
