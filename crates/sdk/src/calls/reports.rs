//! What workers call: dequeue, and the reports on what they hold.
//!
//! Reports are repeated by themselves: the lease token makes each count once. A dequeue is when the
//! client carries an idempotency key, which makes a repeat answer the same leases.

use std::time::Duration;

use uuid::Uuid;
use windlass_wire::{
    Batch, BatchResults, Complete, CompleteItem, Dequeue, Dequeued, Fail, FailItem, Heartbeat, HeartbeatItem,
    HeartbeatResult, LeaseExtended, LeasedTask, Release, ReportProgress, ReportResult, Task,
};

use crate::transport::Call;
use crate::{Client, Error};

impl Client {
    /// Leases up to `max_tasks` tasks, waiting for the first up to `wait_seconds`; none when nothing came.
    ///
    /// # Errors
    /// `validation_failed`, and what any call can fail with.
    pub async fn dequeue_tasks(&self, dequeue: &Dequeue) -> Result<Vec<LeasedTask>, Error> {
        let dequeued = self.fetch::<Dequeued>(self.dequeue_call(dequeue)?).await;
        dequeued.map(|dequeued| dequeued.tasks).map_err(|error| error.naming_types(&dequeue.types))
    }

    /// The call behind [`Client::dequeue_tasks`]; its limit allows for the wait.
    pub(crate) fn dequeue_call(&self, dequeue: &Dequeue) -> Result<Call, Error> {
        let wait = Duration::try_from_secs_f64(dequeue.wait_seconds.unwrap_or_default()).unwrap_or_default();
        let call = self.post(&["v1", "tasks", "dequeue"]).timeout(self.timeout.saturating_add(wait));
        call.idempotency_key(self.idempotency_key.as_deref()).json(dequeue)
    }

    /// Extends a lease.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, and what any call can fail with.
    pub async fn heartbeat_task(&self, id: Uuid, heartbeat: &Heartbeat) -> Result<LeaseExtended, Error> {
        self.fetch(self.report(Some(id), "heartbeat").json(heartbeat)?).await
    }

    /// Reports how far a task is, and extends its lease.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, and what any call can fail with.
    pub async fn report_progress(&self, id: Uuid, progress: &ReportProgress) -> Result<LeaseExtended, Error> {
        self.fetch(self.report(Some(id), "progress").json(progress)?).await
    }

    /// Reports that a task is done, and what it led to.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, `job_sealed` (a job of `add_tasks`), `validation_failed`, and what
    /// any call can fail with.
    pub async fn complete_task(&self, id: Uuid, complete: &Complete) -> Result<Task, Error> {
        self.fetch(self.report(Some(id), "complete").json(complete)?).await
    }

    /// Reports that an attempt failed.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, `validation_failed`, and what any call can fail with.
    pub async fn fail_task(&self, id: Uuid, fail: &Fail) -> Result<Task, Error> {
        self.fetch(self.report(Some(id), "fail").json(fail)?).await
    }

    /// Releases a task; the attempt is not counted.
    ///
    /// # Errors
    /// `lease_lost`, `task_not_found`, and what any call can fail with.
    pub async fn release_task(&self, id: Uuid, release: &Release) -> Result<Task, Error> {
        self.fetch(self.report(Some(id), "release").json(release)?).await
    }

    /// Extends up to 1,000 leases; the results are in the order of `tasks`.
    ///
    /// # Errors
    /// What any call can fail with; items fail on their own.
    pub async fn heartbeat_tasks(&self, tasks: Vec<HeartbeatItem>) -> Result<Vec<HeartbeatResult>, Error> {
        let call = self.report(None, "heartbeat").always().json(&Batch { tasks })?;
        self.fetch::<BatchResults<_>>(call).await.map(|answer| answer.results)
    }

    /// Completes up to 1,000 tasks; the results are in the order of `tasks`.
    ///
    /// # Errors
    /// What any call can fail with; items fail on their own.
    pub async fn complete_tasks(&self, tasks: Vec<CompleteItem>) -> Result<Vec<ReportResult>, Error> {
        let call = self.report(None, "complete").json(&Batch { tasks })?;
        self.fetch::<BatchResults<_>>(call).await.map(|answer| answer.results)
    }

    /// Fails up to 1,000 attempts; the results are in the order of `tasks`.
    ///
    /// # Errors
    /// What any call can fail with; items fail on their own.
    pub async fn fail_tasks(&self, tasks: Vec<FailItem>) -> Result<Vec<ReportResult>, Error> {
        let call = self.report(None, "fail").json(&Batch { tasks })?;
        self.fetch::<BatchResults<_>>(call).await.map(|answer| answer.results)
    }

    fn report(&self, id: Option<Uuid>, verb: &str) -> Call {
        let call = match id {
            Some(id) => self.post(&["v1", "tasks", &id.to_string(), verb]),
            None => self.post(&["v1", "tasks", verb]),
        };
        if self.reports_on_leases { call.of_lease_holder() } else { call.safe() }
    }
}
