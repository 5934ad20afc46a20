//! Adds lines to the logs of attempts.
//!
//! A log call holds the leases first. A report comes with many others, and while it holds its job's row every further row is time in which nobody else of the
//! job is served: so its pieces go in before, by what was committed then, and are looked at again under its locks. Hardly ever has somebody else added
//! one to the same attempt meanwhile; then they are made anew. Those of reports that were not accepted are removed.

use std::collections::{BTreeMap, BTreeSet};

use super::line::{AttemptKey, Logged};
use super::plan::{Attempt, NewLines, Newest, plan};
use super::rows::{
    Place, count_dropped, insert, insert_first, read_again, read_attempts, read_bases, remove,
};
use crate::db::Session;

/// Lines that were added.
#[derive(Debug, Default)]
pub(crate) struct Added {
    attempts: BTreeMap<AttemptKey, Attempt>,
    places: Vec<Place>,
    most_bytes: i64,
}

/// Adds the lines of these attempts, as far as they are current; nothing is held. They have to be [settled](Added::settle) under the leases' locks. Most
/// reports bring the first lines of their task: those need no look at what is there.
pub(crate) async fn add_unheld(
    connection: &mut Session,
    items: &[NewLines<'_>],
    most_bytes: i64,
) -> Result<Added, sqlx::Error> {
    if items.is_empty() {
        return Ok(Added::default());
    }
    let mut all: BTreeMap<AttemptKey, Attempt> =
        items.iter().map(|item| (item.key(), Attempt::without_lines())).collect();
    let (pieces, _) = plan(&mut all, items, most_bytes);
    let (places, first) = insert_first(connection, &pieces).await?;
    let mut added = Added { attempts: BTreeMap::new(), places, most_bytes };
    for (key, attempt) in all {
        if let Some(&(number, since)) = first.get(&key) {
            added.attempts.insert(key, Attempt { number, since, ..attempt });
        }
    }
    let left = items.iter().filter(|item| !added.attempts.contains_key(&item.key()));
    let left: Vec<NewLines<'_>> = left.copied().collect();
    if !left.is_empty() {
        let (more, _) = add_read(connection, &left, most_bytes).await?;
        added.attempts.extend(more.attempts);
        added.places.extend(more.places);
    }
    Ok(added)
}

/// Adds the lines of these attempts, as far as they are current, to what is there; also returns what became of each item.
async fn add_read(
    connection: &mut Session,
    items: &[NewLines<'_>],
    most_bytes: i64,
) -> Result<(Added, Vec<Option<Logged>>), sqlx::Error> {
    let keys: BTreeSet<AttemptKey> = items.iter().map(NewLines::key).collect();
    let mut attempts = read_attempts(connection, &keys).await?;
    let (pieces, logged) = plan(&mut attempts, items, most_bytes);
    let places = insert(connection, &pieces).await?;
    Ok((Added { attempts, places, most_bytes }, logged))
}

/// Adds the lines of these attempts, whose leases the caller holds; returns what became of each item.
pub(super) async fn add_held(
    connection: &mut Session,
    items: &[NewLines<'_>],
    most_bytes: i64,
) -> Result<Vec<Option<Logged>>, sqlx::Error> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let (added, logged) = add_read(connection, items, most_bytes).await?;
    for (key, attempt) in &added.attempts {
        count_dropped_more(connection, key, attempt).await?;
    }
    Ok(logged)
}

impl Added {
    /// Keeps the lines of the attempts that were `accepted`, which the caller holds or has ended, and removes the others; returns what was kept.
    pub(crate) async fn settle(
        mut self,
        connection: &mut Session,
        items: &[NewLines<'_>],
        accepted: impl Fn(&AttemptKey) -> bool,
    ) -> Result<Logged, sqlx::Error> {
        if self.attempts.is_empty() {
            return Ok(Logged::default());
        }
        self.attempts.retain(|key, _| accepted(key));
        let outdated = self.take_outdated(connection).await?;
        let kept = |place: &Place| self.attempts.contains_key(&(place.task, place.token));
        let vain: Vec<Place> = self.places.iter().filter(|place| !kept(place)).copied().collect();
        remove(connection, &vain).await?;
        let mut sum = Logged::default();
        for (key, attempt) in &self.attempts {
            sum.add(attempt.logged);
            count_dropped_more(connection, key, attempt).await?;
        }
        if outdated.is_empty() {
            return Ok(sum);
        }
        let mut attempts = read_again(connection, &outdated).await?;
        // Lines of the others are left out.
        let (pieces, _) = plan(&mut attempts, items, self.most_bytes);
        insert(connection, &pieces).await?;
        for (key, attempt) in &attempts {
            sum.add(attempt.logged);
            count_dropped_more(connection, key, attempt).await?;
        }
        Ok(sum)
    }

    /// Takes out the attempts to which somebody else has added meanwhile.
    async fn take_outdated(
        &mut self,
        connection: &mut Session,
    ) -> Result<BTreeMap<AttemptKey, Attempt>, sqlx::Error> {
        if self.attempts.is_empty() {
            return Ok(BTreeMap::new());
        }
        let looked: Vec<_> =
            self.attempts.iter().map(|((task, _), attempt)| (*task, attempt.since)).collect();
        let own: Vec<i64> = self.places.iter().map(|place| place.number).collect();
        let bases = read_bases(connection, &looked, &own).await?;
        let all = std::mem::take(&mut self.attempts);
        let (outdated, kept) =
            all.into_iter().partition(|(key, attempt)| bases.get(&key.0).copied() != attempt.base);
        self.attempts = kept;
        Ok(outdated)
    }
}

async fn count_dropped_more(
    connection: &mut Session,
    (task, _): &AttemptKey,
    attempt: &Attempt,
) -> Result<(), sqlx::Error> {
    match attempt.newest {
        Newest::Stored { number, received_at } if attempt.dropped_more > 0 => {
            count_dropped(connection, *task, (number, received_at), attempt.dropped_more).await
        }
        _ => Ok(()),
    }
}
