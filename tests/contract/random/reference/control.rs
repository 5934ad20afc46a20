//! The verbs but retry: seal, cancel, pause, resume, skip; priority and DELETE.

use super::{Model, Refusal, State};
use crate::random::script::Verb;

type Answer = Result<(), Refusal>;

impl Model {
    pub(crate) fn control_pipeline(&mut self, pipeline: usize, verb: Verb) -> Answer {
        let state = self.pipelines[pipeline].state;
        match verb {
            Verb::Seal => {
                self.pipelines[pipeline].seal.by_hand();
                self.resolve(pipeline);
            }
            Verb::Cancel | Verb::CleanUp if state.ended() => return unless_already(state, State::Cancelled),
            Verb::Cancel => self.cancel_pipeline(pipeline),
            Verb::CleanUp => self.clean_up(pipeline),
            Verb::Pause | Verb::Resume if state.ended() => return Err(Refusal::illegal(state)),
            Verb::Pause | Verb::Resume => self.pipelines[pipeline].paused = verb == Verb::Pause,
            Verb::Retry { all, .. } => return self.retry_pipeline(pipeline, all),
            Verb::Skip => unreachable!("pipelines are not skipped"),
        }
        self.touched.insert(pipeline);
        Ok(())
    }

    pub(super) fn cancel_pipeline(&mut self, pipeline: usize) {
        self.pipelines[pipeline].cancelled = true;
        self.pipelines[pipeline].seal.end();
        for job in self.unfinished(pipeline) {
            self.end_job(job, State::Cancelled);
            self.jobs[job].by_hand = true;
        }
        self.pipelines[pipeline].failing = false;
        self.end_pipeline(pipeline);
    }

    pub(crate) fn control_job(&mut self, job: usize, verb: Verb) -> Answer {
        let state = self.jobs[job].state;
        match verb {
            Verb::Seal if self.jobs[job].seal.is_on() => return Ok(()),
            Verb::Seal | Verb::Pause | Verb::Resume if state.ended() => return Err(Refusal::illegal(state)),
            Verb::Seal => {
                self.jobs[job].seal.by_hand();
                self.judge(job, false);
            }
            Verb::Cancel if state.ended() => return unless_already(state, State::Cancelled),
            Verb::Cancel => {
                self.end_job(job, State::Cancelled);
                self.jobs[job].by_hand = true;
            }
            Verb::Skip if state.ended() => return unless_already(state, State::Skipped),
            Verb::Skip => {
                self.jobs[job].culprits.clear();
                self.end_job(job, State::Skipped);
                self.jobs[job].by_hand = true;
            }
            Verb::Pause | Verb::Resume => self.jobs[job].paused = verb == Verb::Pause,
            Verb::CleanUp => unreachable!("only pipelines clean up"),
            Verb::Retry { all, descendants } => return self.retry_job(job, all, descendants),
        }
        self.resolve(self.jobs[job].pipeline);
        Ok(())
    }

    pub(crate) fn control_task(&mut self, task: usize, verb: Verb) -> Answer {
        let (state, job) = (self.task_state(task), self.tasks[task].job);
        match verb {
            _ if self.tasks[task].gone => return Err(Refusal::not_found("task_not_found")),
            Verb::Retry { .. } => return self.retry_task(task),
            Verb::Cancel if state.ended() => return unless_already(state, State::Cancelled),
            Verb::Cancel => {
                self.cancel_attempt(task);
                self.tasks[task].state = State::Cancelled;
                self.tasks[task].cancelled_by_hand = true;
                self.judge(job, true);
            }
            _ => unreachable!("tasks are cancelled and retried only"),
        }
        self.resolve(self.jobs[job].pipeline);
        Ok(())
    }

    pub(crate) fn prioritise(&mut self, pipeline: usize, priority: usize) {
        self.pipelines[pipeline].priority = priority;
        self.touched.insert(pipeline);
    }

    pub(crate) fn delete(&mut self, pipeline: usize) -> Answer {
        if !self.pipelines[pipeline].state.ended() {
            return Err(Refusal::conflict("not_terminal"));
        }
        self.pipelines[pipeline].deleted = true;
        Ok(())
    }
}

/// Asking for the end that something has changes nothing; another end is none that it can have.
fn unless_already(state: State, wanted: State) -> Answer {
    if state == wanted { Ok(()) } else { Err(Refusal::illegal(state)) }
}
