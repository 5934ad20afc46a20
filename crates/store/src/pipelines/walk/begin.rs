//! Where a walk begins: which index has the fewest entries for what is asked.

use super::asked::Asked;
use crate::db::Session;

/// Entries of an index that are counted: of what has more, none is known to be rarer.
const COUNTED: i64 = 10_000;

/// The index that a walk goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Along {
    /// That of the texts in metadata, over the entries of this hash.
    Text(i64),
    Correlation,
    Name,
    Template,
    Schedule,
    State,
    /// All pipelines by their ids.
    Id,
}

/// How a walk goes.
#[derive(Debug)]
pub(in crate::pipelines) struct Start {
    pub(super) along: Along,
    /// Hashes that the index of texts must have of a pipeline that fits; empty while it is not complete.
    pub(super) hashes: Vec<i64>,
}

/// Chooses the index. While that of texts is being made it is not used, and the metadata alone decides.
pub(in crate::pipelines) async fn begin(
    connection: &mut Session,
    asked: &Asked<'_>,
) -> Result<Start, sqlx::Error> {
    let found = sqlx::query_file!(
        "src/pipelines/walk/begin.sql",
        &asked.names,
        &asked.texts,
        asked.set.correlation_id.as_deref() as _,
        asked.set.name.as_deref() as _,
        asked.states.as_deref() as _,
        if asked.has_choice() { COUNTED } else { 0 },
        asked.set.template.as_deref() as _,
        asked.set.schedule.as_deref() as _,
    )
    .fetch_one(connection)
    .await?;
    let hashes = if found.backfilling { Vec::new() } else { found.hashes };
    let texts = hashes.iter().copied().map(Along::Text).zip(found.by_text);
    let others = [
        asked.set.correlation_id.as_ref().map(|_| (Along::Correlation, found.by_correlation)),
        asked.set.name.as_ref().map(|_| (Along::Name, found.by_name)),
        asked.states.as_ref().map(|_| (Along::State, found.by_state)),
        asked.set.template.as_ref().map(|_| (Along::Template, found.by_template)),
        asked.set.schedule.as_ref().map(|_| (Along::Schedule, found.by_schedule)),
    ];
    let fewest = texts.chain(others.into_iter().flatten()).min_by_key(|(_, entries)| *entries);
    let along = fewest.map_or(Along::Id, |(along, _)| along);
    let hashes = hashes.into_iter().filter(|hash| along != Along::Text(*hash)).collect();
    Ok(Start { along, hashes })
}
