//! `POST /v1/pipelines/{id}/jobs`: adds jobs to an unsealed pipeline, with edges to old and new ones.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use windlass_domain::{Limits, Priority};

use super::admission::edges;
use super::lock_control;
use super::state::pipeline_state;
use crate::error::Refusal;
use crate::events::Actor;
use crate::idempotency::{Answer, Once, store_answer, stored_answer};
use crate::input::NewJob;
use crate::jobs::lock_jobs;
use crate::jobs::{Growth, Home, Parent, insert_jobs, read_jobs_of};
use crate::keys::check_types_of_jobs;
use crate::rollup::roll_up;
use crate::view::Job;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

impl Store {
    /// Adds jobs; answers them in the order of the request. Edges among `jobs` form no cycle: the caller has checked that.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Refused`] with all that what is stored contradicts, [`Error::TypesNotAllowed`], [`Error::PipelineSealed`],
    /// [`Error::KeyReused`], [`Error::Unavailable`].
    pub async fn add_jobs(
        &self,
        pipeline: Uuid,
        jobs: Vec<NewJob>,
        limits: &Limits,
        once: Option<Once<'_, Vec<Job>>>,
    ) -> Result<Answer<Vec<Job>>, Error> {
        let _key = self.hold_key(once.as_ref().map(|once| &once.key)).await;
        let _large = self.admit(&jobs).await;
        transact!(self, work => add_once(&mut work, pipeline, &jobs, limits, once.as_ref()).await).await
    }
}

async fn add_once(
    work: &mut Work,
    id: Uuid,
    jobs: &[NewJob],
    limits: &Limits,
    once: Option<&Once<'_, Vec<Job>>>,
) -> Result<Answer<Vec<Job>>, Interrupt> {
    if let Some(stored) = stored_answer(work, once, &[]).await? {
        return Ok(Answer::Repeated(stored));
    }
    let added = add(work, id, jobs, limits).await?;
    store_answer(work, once, &[], &added).await?;
    Ok(Answer::New(added))
}

/// Adds jobs in this transaction; returns them in the order given.
pub(crate) async fn add(
    work: &mut Work,
    id: Uuid,
    jobs: &[NewJob],
    limits: &Limits,
) -> Result<Vec<Job>, Interrupt> {
    lock_control(work, id).await?;
    let known = known_jobs(work, id, jobs).await?;
    refuse_contradictions(jobs, &known, limits)?;
    check_types_of_jobs(work.types.as_deref(), jobs)?;
    // Looked at once the parents are held: one that is sealed as it is done ends with the last of them.
    let parents = lock_parents(work, jobs, &known).await?;
    let pipeline =
        sqlx::query!("SELECT priority, paused, sealed, state, surface FROM pipelines WHERE id = $1", id)
            .fetch_one(work.sql())
            .await?;
    if pipeline.sealed || pipeline_state(&pipeline.state).has_ended() {
        return Err(Error::PipelineSealed.into());
    }
    if pipeline.surface.is_some() {
        refuse_orders(jobs)?;
    }
    // From here on only rows that nobody else sees are locked.
    work.wide = true;
    let home = Home {
        id,
        priority: Priority::from_rank(pipeline.priority)
            .expect("a CHECK holds priorities to the known ranks"),
        paused: pipeline.paused,
        jobs: i32::try_from(known.count).expect("jobs a pipeline are bounded far below 2^31"),
        highest: known.highest,
        actor: Actor::Caller(work.caller),
        now: work.now().await?,
    };
    let endings = insert_jobs(work, &[Growth { home: &home, jobs, existing: &parents }]).await?.endings;
    work.write_effects().await?;
    let added = i32::try_from(jobs.len()).expect("jobs a pipeline are bounded far below 2^31");
    sqlx::query!("UPDATE pipelines SET jobs_open = jobs_open + $2 WHERE id = $1", id, added)
        .execute(work.sql())
        .await?;
    roll_up(work, endings).await?;
    let mut all = read_jobs_of(work.sql(), id).await?;
    Ok(all.split_off(all.len() - jobs.len()))
}

/// What of the pipeline the request refers to.
struct Known {
    count: usize,
    edges: usize,
    highest: Option<Uuid>,
    ids: HashMap<String, Uuid>,
}

async fn known_jobs(work: &mut Work, pipeline: Uuid, jobs: &[NewJob]) -> Result<Known, sqlx::Error> {
    let mut keys: Vec<String> = jobs.iter().map(|job| job.key.to_string()).collect();
    keys.extend(jobs.iter().flat_map(|job| job.depends_on.iter().map(|edge| edge.job.to_string())));
    let stored = sqlx::query!("SELECT id, key FROM jobs WHERE pipeline_id = $1 ORDER BY id", pipeline)
        .fetch_all(work.sql())
        .await?;
    let asked: HashSet<String> = keys.into_iter().collect();
    let edges = sqlx::query_scalar!(
        r#"SELECT coalesce(sum(own.edges), 0)::bigint AS "edges!"
           FROM jobs j CROSS JOIN LATERAL (SELECT count(*) AS edges FROM edges WHERE child_id = j.id) own
           WHERE j.pipeline_id = $1"#,
        pipeline,
    )
    .fetch_one(work.sql())
    .await?;
    Ok(Known {
        count: stored.len(),
        edges: usize::try_from(edges).unwrap_or(usize::MAX),
        highest: stored.last().map(|job| job.id),
        ids: stored.into_iter().filter(|job| asked.contains(&job.key)).map(|job| (job.key, job.id)).collect(),
    })
}

fn refuse_contradictions(jobs: &[NewJob], known: &Known, limits: &Limits) -> Result<(), Error> {
    let new: HashSet<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    let mut refusals = Vec::new();
    if known.count + jobs.len() > limits.jobs_per_pipeline {
        refusals.push(Refusal::TooManyJobs { limit: limits.jobs_per_pipeline });
    }
    if known.edges + edges(jobs) > limits.edges_per_pipeline {
        refusals.push(Refusal::TooManyEdges { limit: limits.edges_per_pipeline });
    }
    for (at, job) in jobs.iter().enumerate() {
        if known.ids.contains_key(job.key.as_str()) {
            refusals.push(Refusal::DuplicateKey { job: at, key: job.key.to_string() });
        }
        for (dependency, edge) in job.depends_on.iter().enumerate() {
            let key = edge.job.as_str();
            if !new.contains(key) && !known.ids.contains_key(key) {
                refusals.push(Refusal::UnknownDependency { job: at, dependency, key: key.to_owned() });
            }
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// The key of a stage is its order, and orders have no gap: no other job may have such a key.
fn refuse_orders(jobs: &[NewJob]) -> Result<(), Error> {
    let is_order = |key: &str| key.bytes().all(|byte| byte.is_ascii_digit());
    let others = jobs.iter().enumerate().filter(|(_, job)| job.stage.is_none());
    let refusals: Vec<_> = others
        .filter(|(_, job)| is_order(job.key.as_str()))
        .map(|(job, new)| Refusal::ReservedKey { job, key: new.key.to_string() })
        .collect();
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

/// Locks the parents that are in the pipeline already: one that ends later finds the new edge, one that has ended
/// decides it here.
async fn lock_parents(
    work: &mut Work,
    jobs: &[NewJob],
    known: &Known,
) -> Result<HashMap<String, Parent>, Interrupt> {
    let ids: HashSet<Uuid> = jobs
        .iter()
        .flat_map(|job| &job.depends_on)
        .filter_map(|edge| known.ids.get(edge.job.as_str()).copied())
        .collect();
    let locked = lock_jobs(work, &ids.into_iter().collect::<Vec<_>>()).await?;
    let parents = locked
        .into_iter()
        .map(|job| (job.key, Parent { id: job.id, state: job.state, not_taken: job.not_taken }));
    Ok(parents.collect())
}
