//! The audit: events gathered while a transaction works, written by one statement before it commits.

use uuid::Uuid;

use crate::transaction::Work;

/// Who changed a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    /// Whoever calls as a producer or operator.
    Client,
    /// A worker, by its report.
    Worker,
    /// The server itself: sweeper, promoter, or the consequence of another change.
    Server,
}

impl Actor {
    fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Worker => "worker",
            Self::Server => "server",
        }
    }
}

/// One change of a state.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) pipeline_id: Uuid,
    pub(crate) job_id: Option<Uuid>,
    pub(crate) task_id: Option<Uuid>,
    pub(crate) from: Option<&'static str>,
    pub(crate) to: &'static str,
    pub(crate) flag: Option<&'static str>,
    pub(crate) reason: Option<String>,
    pub(crate) attempt: Option<i32>,
    pub(crate) worker_id: Option<String>,
    pub(crate) actor: Actor,
    pub(crate) correlation_id: Option<String>,
}

impl Event {
    /// A pipeline's change.
    pub(crate) fn pipeline(id: Uuid, from: Option<&'static str>, to: &'static str, actor: Actor) -> Self {
        Self {
            pipeline_id: id,
            job_id: None,
            task_id: None,
            from,
            to,
            flag: None,
            reason: None,
            attempt: None,
            worker_id: None,
            actor,
            correlation_id: None,
        }
    }

    /// A job's change.
    pub(crate) fn job(
        pipeline: Uuid,
        id: Uuid,
        from: Option<&'static str>,
        to: &'static str,
        actor: Actor,
    ) -> Self {
        Self { job_id: Some(id), ..Self::pipeline(pipeline, from, to, actor) }
    }

    /// The same with a reason.
    pub(crate) fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    fn entity(&self) -> &'static str {
        match (self.job_id, self.task_id) {
            (None, _) => "pipeline",
            (Some(_), None) => "job",
            (Some(_), Some(_)) => "task",
        }
    }
}

/// Writes the gathered events, in the order in which the changes happened.
pub(crate) async fn write(work: &mut Work) -> Result<(), sqlx::Error> {
    let events = std::mem::take(&mut work.events);
    if events.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&Event) -> &'static str| -> Vec<String> {
        events.iter().map(|e| value(e).to_owned()).collect()
    };
    let pipelines: Vec<Uuid> = events.iter().map(|event| event.pipeline_id).collect();
    let jobs: Vec<Option<Uuid>> = events.iter().map(|event| event.job_id).collect();
    let tasks: Vec<Option<Uuid>> = events.iter().map(|event| event.task_id).collect();
    let from: Vec<Option<String>> = events.iter().map(|event| event.from.map(str::to_owned)).collect();
    let flags: Vec<Option<String>> = events.iter().map(|event| event.flag.map(str::to_owned)).collect();
    let reasons: Vec<Option<String>> = events.iter().map(|event| event.reason.clone()).collect();
    let attempts: Vec<Option<i32>> = events.iter().map(|event| event.attempt).collect();
    let workers: Vec<Option<String>> = events.iter().map(|event| event.worker_id.clone()).collect();
    let correlations: Vec<Option<String>> = events.iter().map(|event| event.correlation_id.clone()).collect();
    sqlx::query!(
        "INSERT INTO events (
             entity, pipeline_id, job_id, task_id, from_state, to_state, flag, reason, attempt, worker_id, actor,
             correlation_id
         )
         SELECT * FROM unnest(
             $1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[],
             $10::text[], $11::text[], $12::text[]
         )",
        &column(Event::entity),
        &pipelines,
        &jobs as &[Option<Uuid>],
        &tasks as &[Option<Uuid>],
        &from as &[Option<String>],
        &column(|event| event.to),
        &flags as &[Option<String>],
        &reasons as &[Option<String>],
        &attempts as &[Option<i32>],
        &workers as &[Option<String>],
        &column(|event| event.actor.as_str()),
        &correlations as &[Option<String>],
    )
    .execute(work.sql())
    .await?;
    Ok(())
}
