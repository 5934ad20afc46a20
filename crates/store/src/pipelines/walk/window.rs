//! One window of a walk.

use uuid::Uuid;
use windlass_domain::Priority;

use super::asked::Asked;
use super::begin::{Along, Start};
use crate::db::Session;

/// Pipelines in a window at the most: about 100 ms.
pub(in crate::pipelines) const LARGEST: i64 = 20_000;

/// What a window found.
pub(in crate::pipelines) struct Window {
    /// The pipelines that fit, the newest first, no more than were asked for.
    pub(in crate::pipelines) ids: Vec<Uuid>,
    /// The last pipeline looked at; `None` where the walk is at its end.
    pub(in crate::pipelines) looked_to: Option<Uuid>,
}

/// Looks at the next `size` pipelines below `after`, for up to `most` that fit.
pub(in crate::pipelines) async fn look(
    connection: &mut Session,
    (asked, start): (&Asked<'_>, &Start),
    after: Option<Uuid>,
    (size, most): (i64, i64),
) -> Result<Window, sqlx::Error> {
    macro_rules! look {
        ($file:literal $(, $hash:expr)?) => {
            sqlx::query_file_as!(
                Row,
                $file,
                after.unwrap_or(Uuid::max()),
                asked.states.as_deref() as _,
                asked.set.name.as_deref() as _,
                asked.set.priority.map(Priority::rank) as _,
                asked.set.correlation_id.as_deref() as _,
                asked.set.created_after as _,
                asked.set.created_before as _,
                &asked.names,
                &asked.texts,
                &start.hashes,
                size,
                most,
                asked.set.template.as_deref() as _,
                asked.set.schedule.as_deref() as _,
                $($hash,)?
            )
            .fetch_one(connection)
            .await?
        };
    }
    let row = match start.along {
        Along::Text(hash) => look!("src/pipelines/walk/window_by_text.sql", hash),
        Along::Correlation => look!("src/pipelines/walk/window_by_correlation.sql"),
        Along::Name => look!("src/pipelines/walk/window_by_name.sql"),
        Along::State => look!("src/pipelines/walk/window_by_state.sql"),
        Along::Template => look!("src/pipelines/walk/window_by_template.sql"),
        Along::Schedule => look!("src/pipelines/walk/window_by_schedule.sql"),
        Along::Id => look!("src/pipelines/walk/window_by_id.sql"),
    };
    // One that is not full was the last.
    Ok(Window { ids: row.ids, looked_to: row.last.filter(|_| row.walked >= size) })
}

struct Row {
    ids: Vec<Uuid>,
    walked: i64,
    last: Option<Uuid>,
}
