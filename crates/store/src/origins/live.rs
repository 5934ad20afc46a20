//! What completions have added to a pipeline's jobs and was not taken back, and what of it is gone once some jobs run their succeeded tasks again.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use crate::work::Work;

/// What completions of some producers have added to a job.
#[derive(Debug, Clone)]
pub(crate) struct Added {
    pub(crate) job: Uuid,
    /// The jobs whose completions led to it.
    pub(crate) producers: Vec<Uuid>,
    pub(crate) what: What,
}

/// What was added.
#[derive(Debug, Clone, Copy)]
pub(crate) enum What {
    /// The tasks of an origin, so many.
    Tasks { origin: i32, total: i64 },
    /// The job's seal.
    Seal,
}

/// What a job loses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lost {
    pub(crate) origins: Vec<i32>,
    /// Tasks in all.
    pub(crate) total: i64,
    pub(crate) seal: bool,
}

/// What was added to these jobs, which the caller holds, and not taken back.
pub(crate) async fn live_additions(work: &mut Work, jobs: &[Uuid]) -> Result<Vec<Added>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT job_id AS "job_id!", producers AS "producers!", origin, total AS "total!"
           FROM (
               SELECT job_id, producers, origin, total FROM task_origins WHERE job_id = ANY($1) AND gone_at IS NULL
               UNION ALL
               SELECT job_id, producers, NULL, 0 FROM job_seals WHERE job_id = ANY($1)
           ) added
           ORDER BY job_id, origin"#,
        jobs,
    )
    .fetch_all(work.sql())
    .await?;
    let added = rows.into_iter().map(|row| Added {
        job: row.job_id,
        producers: row.producers,
        what: row.origin.map_or(What::Seal, |origin| What::Tasks { origin, total: row.total.into() }),
    });
    Ok(added.collect())
}

/// What each job loses if the succeeded tasks of `again` run again.
pub(crate) fn lost(added: &[Added], again: &HashSet<Uuid>) -> BTreeMap<Uuid, Lost> {
    let mut lost: BTreeMap<Uuid, Lost> = BTreeMap::new();
    for added in added.iter().filter(|added| added.producers.iter().any(|job| again.contains(job))) {
        let of_job = lost.entry(added.job).or_default();
        match added.what {
            What::Tasks { origin, total } => {
                of_job.origins.push(origin);
                of_job.total += total;
            }
            What::Seal => of_job.seal = true,
        }
    }
    lost
}
