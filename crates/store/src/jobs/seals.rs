//! Puts seals on jobs. The rules are the domain's (`Seal`); this is where they are kept (`0024_seals.sql`).
//!
//! - `jobs.sealed` says whether one is on. It is all that the statements of dequeues and reports ask.
//! - `jobs.sealed_by` says what put it on: `person`, `completion`, `opening` (of one created `on_open`), `end` (cancel, skip and every end). Null:
//!   the creation, or a server of before. [`LockedJob::seal`] is both with `seals_on_open`; whoever writes a job's state writes its seal, too:
//!   `rollup/children.rs` as it opens, `rollup/close.rs` as it ends, `retry/reopen.rs` as it comes back (`Seal::retried` takes the seals of opening
//!   and end off).
//! - A row of `job_seals` is a completion's seal: the job, and the jobs that produced it. There is one only while `sealed_by` is `completion`:
//!   whoever deletes it sets the columns to `Seal::without_completion` of the job's state.

use uuid::Uuid;
use windlass_domain::{Reason, Seal};

use super::locked::LockedJob;
use crate::work::Work;

/// Seals a job that this transaction holds and that is not sealed, by the verb; returns it as it is then.
pub(super) async fn seal_by_hand(
    work: &mut Work,
    job: &LockedJob,
    reason: Option<&Reason>,
) -> Result<LockedJob, sqlx::Error> {
    write(work, job, job.seal.by_hand(), reason).await
}

/// Seals a job that this transaction holds by a completion, whose producing jobs these are; returns it as it is then. One that is sealed stays
/// as it is, but that an end's seal gives way to it.
pub(crate) async fn seal_by_completion(
    work: &mut Work,
    job: &LockedJob,
    producers: &[Uuid],
) -> Result<LockedJob, sqlx::Error> {
    let seal = job.seal.by_completion(job.state);
    if seal == job.seal {
        return Ok(job.clone());
    }
    sqlx::query!("INSERT INTO job_seals (job_id, producers) VALUES ($1, $2)", job.id, producers)
        .execute(work.sql())
        .await?;
    write(work, job, seal, None).await
}

async fn write(
    work: &mut Work,
    job: &LockedJob,
    seal: Seal,
    reason: Option<&Reason>,
) -> Result<LockedJob, sqlx::Error> {
    let written = sqlx::query!(
        "UPDATE jobs SET sealed = $2, sealed_by = $3, reason = coalesce($4, reason) WHERE id = $1",
        job.id,
        seal.is_on(),
        seal.word(),
        reason.map(Reason::as_str),
    )
    .execute(work.sql())
    .await?;
    assert_eq!(written.rows_affected(), 1, "a job whose seal is written is locked");
    Ok(LockedJob { seal, ..job.clone() })
}
