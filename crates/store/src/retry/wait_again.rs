//! Open jobs without a lease yet, an edge of which a retry leaves unmet: they wait again.

use uuid::Uuid;
use windlass_domain::{JobState, Reason};

use crate::events::{Actor, Event};
use crate::jobs::LockedJob;
use crate::work::Work;

/// Makes these jobs, which this transaction holds, wait for so many edges each.
pub(super) async fn wait_again(
    work: &mut Work,
    jobs: &[(LockedJob, i32)],
    reason: Option<&Reason>,
) -> Result<(), sqlx::Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let after: Vec<LockedJob> = jobs.iter().map(|(job, unmet)| waiting(job, *unmet)).collect();
    write(work, &after).await?;
    for ((before, _), after) in jobs.iter().zip(&after) {
        work.effects.count_job(before, after);
        let (from, to) = (before.state.as_str(), after.state.as_str());
        let event = Event::job(after.pipeline_id, after.id, Some(from), to, Actor::Caller(work.caller));
        work.effects.events.push(event.because(reason.map(Reason::to_string)));
    }
    Ok(())
}

fn waiting(job: &LockedJob, unmet: i32) -> LockedJob {
    LockedJob { state: JobState::Pending, unmet, seal: job.seal.retried(), ..job.clone() }
}

/// Its tasks keep their places, and it draws a new one as it opens.
async fn write(work: &mut Work, jobs: &[LockedJob]) -> Result<(), sqlx::Error> {
    let written = sqlx::query!(
        // The state itself is no condition: the planner may walk all queued jobs.
        "UPDATE jobs j SET
             state = 'pending', unmet = e.unmet, opened_at = NULL, opened_position = NULL, returned = false,
             sealed = e.sealed, sealed_by = e.sealed_by
         FROM unnest($1::uuid[], $2::int[], $3::boolean[], $4::text[]) AS e (id, unmet, sealed, sealed_by)
         WHERE j.id = e.id AND j.ended_at IS NULL",
        &jobs.iter().map(|job| job.id).collect::<Vec<Uuid>>(),
        &jobs.iter().map(|job| job.unmet).collect::<Vec<_>>(),
        &jobs.iter().map(|job| job.seal.is_on()).collect::<Vec<_>>(),
        &jobs.iter().map(|job| job.seal.word()).collect::<Vec<_>>() as &[Option<&str>],
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), jobs.len() as u64, "a job that waits again is locked and queued");
    Ok(())
}
