//! Outcomes that come with reports. Their rows go in before anything is locked, as those of large additions do (`early.rs`): 10,000 of them take 60 ms.
//! Those of a report that is refused, repeats another, or has to wait for the next round are removed again. The counts of the jobs are the last
//! thing that a round writes.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::cause::Cause;
use super::report::Report;
use crate::outcomes::{
    Holder, NewOutcome, Tally, count_outcomes, insert_outcomes, read_holders, remove_inserted_outcomes,
};
use crate::work::Work;

/// What was inserted for a report.
struct Recorded<'a> {
    holder: Holder,
    outcomes: &'a [NewOutcome],
    numbers: Vec<i64>,
}

/// Outcomes of a round, by the item's index.
pub(super) struct RecordedEarly<'a>(BTreeMap<usize, Recorded<'a>>);

/// Inserts the outcomes of the reports that seem to be acceptable; those under the lock decide.
pub(super) async fn record_early<'a>(
    work: &mut Work,
    items: &[(usize, Cause<'a>)],
) -> Result<RecordedEarly<'a>, sqlx::Error> {
    let reports: Vec<(usize, &Report)> = items
        .iter()
        .filter_map(|(at, cause)| match cause {
            Cause::Reported(report) if !report.outcomes().is_empty() => Some((*at, *report)),
            _ => None,
        })
        .collect();
    if reports.is_empty() {
        return Ok(RecordedEarly(BTreeMap::new()));
    }
    let leases: Vec<(Uuid, Uuid)> =
        reports.iter().map(|(_, report)| (report.task(), report.token())).collect();
    let holders = read_holders(work.sql(), &leases).await?;
    let held: Vec<(usize, Holder, &[NewOutcome])> = reports
        .iter()
        .filter_map(|(at, report)| {
            let holder = holders.get(&(report.task(), report.token()))?;
            Some((*at, holder.clone(), report.outcomes()))
        })
        .collect();
    if held.is_empty() {
        return Ok(RecordedEarly(BTreeMap::new()));
    }
    let rows: Vec<(&Holder, &[NewOutcome])> =
        held.iter().map(|(_, holder, outcomes)| (holder, *outcomes)).collect();
    let numbers = insert_outcomes(work.sql(), &rows).await?;
    let recorded = held
        .into_iter()
        .zip(numbers)
        .map(|((at, holder, outcomes), numbers)| (at, Recorded { holder, outcomes, numbers }));
    Ok(RecordedEarly(recorded.collect()))
}

impl RecordedEarly<'_> {
    /// Removes those of reports that are not among the accepted ones.
    pub(super) async fn keep_only(&mut self, work: &mut Work, accepted: &[usize]) -> Result<(), sqlx::Error> {
        let all = std::mem::take(&mut self.0);
        let (kept, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.into_iter().partition(|(at, _)| accepted.contains(at));
        self.0 = kept;
        for recorded in others.into_values() {
            remove_inserted_outcomes(work.sql(), recorded.holder.task_id, &recorded.numbers).await?;
        }
        Ok(())
    }

    /// Counts them for their jobs, which this transaction holds.
    pub(super) async fn count(self, work: &mut Work) -> Result<(), sqlx::Error> {
        let mut tallies: BTreeMap<Uuid, Tally> = BTreeMap::new();
        for recorded in self.0.into_values() {
            tallies.entry(recorded.holder.job_id).or_default().add(recorded.outcomes);
        }
        count_outcomes(work.sql(), &tallies).await
    }
}
