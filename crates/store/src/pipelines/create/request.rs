//! What is to be created.

use std::sync::Arc;

use windlass_domain::{AllowedTypes, Json};

use crate::caller::Caller;
use crate::idempotency::Once;
use crate::input::NewPipeline;
use crate::view::{Job, Pipeline};

/// A pipeline that was created, with its jobs in the order of the request.
pub type Made = (Pipeline, Vec<Job>);

/// A pipeline to create, in a batch with others.
#[derive(Clone)]
pub struct Create<'a> {
    /// Who calls.
    pub caller: Caller,
    /// Of which types its jobs may be; `None`: of any.
    pub types: Option<Arc<AllowedTypes>>,
    /// The pipeline.
    pub new: NewPipeline,
    /// Whether it is only the home of one job, which is answered with its payload and metadata; those of other pipelines are without.
    pub standalone: bool,
    /// How to do it once.
    pub once: Option<Once<'a, Made>>,
}

impl NewPipeline {
    /// Bytes of JSON that it carries.
    pub fn bytes(&self) -> usize {
        let tasks = self.jobs.iter().flat_map(|job| job.tasks.iter().flatten());
        length(self.metadata.as_ref())
            + self.jobs.iter().map(|job| both(job.payload.as_ref(), job.metadata.as_ref())).sum::<usize>()
            + tasks.map(|task| both(task.payload.as_ref(), task.metadata.as_ref())).sum::<usize>()
    }

    /// Edges and tasks that its jobs have; a task that is not written out counts as well.
    pub fn edges_and_tasks(&self) -> usize {
        self.jobs.iter().map(|job| job.depends_on.len() + job.tasks.as_ref().map_or(1, Vec::len)).sum()
    }
}

impl Create<'_> {
    /// Bytes of JSON that it carries.
    pub fn bytes(&self) -> usize {
        self.new.bytes()
    }

    /// The texts of its request that its answer shows.
    pub(super) fn shown_texts(&self) -> Vec<&str> {
        if self.standalone {
            let of_jobs = self.new.jobs.iter().flat_map(|job| [&job.payload, &job.metadata]);
            return of_jobs.flatten().map(Json::as_str).collect();
        }
        // Metadata of a template's pipeline is merged.
        self.new.metadata.iter().filter(|_| self.new.made_from.is_none()).map(Json::as_str).collect()
    }
}

fn both(payload: Option<&Json>, metadata: Option<&Json>) -> usize {
    length(payload) + length(metadata)
}

fn length(json: Option<&Json>) -> usize {
    json.map_or(0, |json| json.as_str().len())
}
