//! Rule 5: who may be dequeued, and in which order.

use super::{Lease, Model, State};
use crate::random::script::Dequeue;

/// A task that the service has handed out, by number, with the attempt's number it gave.
pub(crate) type Chosen = (usize, u64);

impl Model {
    /// Leases what the service chose, or says why it may not choose so.
    pub(crate) fn dequeue(&mut self, request: &Dequeue, chosen: &[Chosen]) -> Result<(), String> {
        if chosen.len() > request.max {
            return Err(format!("{} tasks are more than the {} asked for", chosen.len(), request.max));
        }
        for (task, attempt) in chosen {
            let free = self.free(request);
            if !free.contains(task) {
                return Err(format!("$task{task} is not free to be leased"));
            }
            if let Some(other) = free.iter().find(|other| self.before(**other, *task)) {
                return Err(format!("$task{other} comes before $task{task}"));
            }
            if *attempt != self.tasks[*task].attempt + 1 {
                return Err(format!(
                    "$task{task} is leased with attempt {attempt} after {}",
                    self.tasks[*task].attempt
                ));
            }
            self.lease(*task, request.lease);
        }
        match self.free(request).first() {
            Some(left) if chosen.len() < request.max => {
                Err(format!("$task{left} is free and was not handed out"))
            }
            _ => Ok(()),
        }
    }

    /// All tasks that may be leased now.
    fn free(&self, request: &Dequeue) -> Vec<usize> {
        (0..self.tasks.len()).filter(|task| self.is_free(*task, request)).collect()
    }

    fn is_free(&self, task: usize, request: &Dequeue) -> bool {
        let job = &self.jobs[self.tasks[task].job];
        let (pipeline, queue) = (&self.pipelines[job.pipeline], &self.queues[job.kind]);
        request.kinds.contains(&job.kind)
            && self.tasks[task].state == State::Queued
            && matches!(job.state, State::Queued | State::Running)
            && !(job.paused || pipeline.paused || queue.paused || pipeline.deleted)
            && queue.max_running.is_none_or(|limit| self.running(job.kind) < limit)
    }

    /// Whether one task comes strictly before another.
    fn before(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.tasks[one], &self.tasks[other]);
        let line = |task: &super::Task| {
            let job = &self.jobs[task.job];
            (self.pipelines[job.pipeline].priority, job.opened)
        };
        let (first, second) = (line(one), line(other));
        first < second || first == second && one.job == other.job && one.rank.before(other.rank)
    }

    fn lease(&mut self, task: usize, asked: Option<u64>) {
        let job = self.tasks[task].job;
        let length = asked.unwrap_or(self.jobs[job].lease);
        self.jobs[job].state = State::Running;
        self.start_pipeline(self.jobs[job].pipeline);
        let number = self.tasks[task].attempt + 1;
        self.tasks[task].attempt = number;
        self.tasks[task].state = State::Running;
        self.tasks[task].started = true;
        self.tasks[task].lease = Some(self.leases.len());
        let (started, expires) = (self.now, self.now + length);
        self.leases.push(Lease { task, number, current: true, ended_by: None, started, length, expires });
    }
}
