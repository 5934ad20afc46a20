//! The verbs on many pipelines, by a filter.

use super::{Model, Refusal};
use crate::random::script::{Filter, States, Verb};

/// What a verb has done to those that a filter took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Bulked {
    pub(crate) matched: usize,
    pub(crate) changed: usize,
    pub(crate) refused: usize,
}

impl Model {
    /// The pipelines that a filter takes, the oldest first.
    pub(crate) fn taken_by(&self, filter: &Filter) -> Vec<usize> {
        let fits = |number: &usize| {
            let this = &self.pipelines[*number];
            let in_group = this.group.is_some() && (filter.group.is_none() || filter.group == this.group);
            let in_state = match &filter.states {
                States::Any => true,
                States::Open => !this.state.ended(),
                States::These(words) => words.contains(&this.state.as_str()),
            };
            let at_priority = filter.priority.is_none_or(|priority| priority == this.priority);
            !this.deleted && in_group && in_state && at_priority
        };
        (0..self.pipelines.len()).filter(fits).collect()
    }

    /// One after the other: what the first one opens, opens before what the next one does.
    pub(crate) fn bulk(&mut self, verb: Verb, filter: &Filter) -> Bulked {
        let taken = self.taken_by(filter);
        let mut bulked = Bulked { matched: taken.len(), ..Bulked::default() };
        for pipeline in taken {
            self.begin();
            let before = self.looks(pipeline);
            let done: Result<(), Refusal> = self.control_pipeline(pipeline, verb);
            bulked.refused += usize::from(done.is_err());
            bulked.changed += usize::from(done.is_ok() && self.looks(pipeline) != before);
        }
        bulked
    }

    /// All that there is of a pipeline, to see whether anything of it changes.
    fn looks(&self, pipeline: usize) -> String {
        let this = &self.pipelines[pipeline];
        let jobs: Vec<_> = this.jobs.iter().map(|job| &self.jobs[*job]).collect();
        let tasks = jobs.iter().flat_map(|job| &job.tasks).map(|task| &self.tasks[*task]);
        format!("{this:?} {jobs:?} {:?}", tasks.collect::<Vec<_>>())
    }
}
