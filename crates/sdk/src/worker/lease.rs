//! Keeping a lease while its handler runs: heartbeats, and progress, which renews it too.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use windlass_wire::{Heartbeat, LeaseExtended, LeasedTask, ReportProgress, TaskProgress};

use super::Shared;
use crate::resilience::Backoff;
use crate::{Client, Error};

/// How often to beat when the server does not tell its time; the shortest lease still holds.
const CAUTIOUS_BEAT: Duration = Duration::from_millis(333);
/// Heartbeats more frequent than this help nobody.
const SHORTEST_BEAT: Duration = Duration::from_millis(50);
/// The longest that one heartbeat may take.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Keeps one lease.
pub(super) struct Keeper<'a> {
    client: Client,
    task: &'a LeasedTask,
    beat: Duration,
    progress_interval: Duration,
    progress: watch::Receiver<Option<TaskProgress>>,
}

impl<'a> Keeper<'a> {
    /// A keeper of `task`'s lease, which beats at a third of it.
    pub(super) fn new(
        shared: &Shared,
        task: &'a LeasedTask,
        beat: Duration,
        progress: watch::Receiver<Option<TaskProgress>>,
    ) -> Self {
        // A heartbeat that is late is replaced by the next one, so the client's own patience is of no use.
        let timeout = beat.clamp(Duration::from_secs(1), LONGEST_CALL);
        let client = Client { timeout, backoff: Backoff::NEVER, ..shared.client.clone() };
        let progress_interval = shared.settings.progress_interval;
        Self { client, task, beat, progress_interval, progress }
    }

    /// Keeps the lease; ends only when it is lost.
    pub(super) async fn keep(mut self) {
        let mut beat_at = Instant::now() + self.beat;
        let mut progress_at = Instant::now();
        loop {
            let renewed = tokio::select! {
                () = sleep_until(beat_at) => self.heartbeat().await,
                Ok(()) = news(&mut self.progress, progress_at) => {
                    progress_at = Instant::now() + self.progress_interval;
                    self.report_progress().await
                }
            };
            match renewed {
                Ok(_) => beat_at = Instant::now() + self.beat,
                Err(error) if error.is_lease_lost() => return self.lost(&error),
                Err(error) => {
                    self.missed(&error);
                    beat_at = beat_at.min(Instant::now() + self.beat / 4).max(Instant::now() + SHORTEST_BEAT);
                }
            }
        }
    }

    async fn heartbeat(&self) -> Result<LeaseExtended, Error> {
        let heartbeat = Heartbeat { lease_token: self.task.lease_token, lease_seconds: None };
        self.client.heartbeat_task(self.task.id, &heartbeat).await
    }

    async fn report_progress(&mut self) -> Result<LeaseExtended, Error> {
        let Some(progress) = self.progress.borrow_and_update().clone() else {
            return self.heartbeat().await;
        };
        let report = ReportProgress {
            lease_token: self.task.lease_token,
            current: progress.current,
            total: progress.total,
            message: progress.message,
        };
        self.client.report_progress(self.task.id, &report).await
    }

    fn lost(&self, error: &Error) {
        tracing::warn!(task_id = %self.task.id, %error, "lost the lease, cancelling the handler");
    }

    fn missed(&self, error: &Error) {
        tracing::warn!(task_id = %self.task.id, error = error as &dyn std::error::Error, "cannot renew the lease");
    }
}

/// Waits for progress that may be sent.
async fn news(
    progress: &mut watch::Receiver<Option<TaskProgress>>,
    not_before: Instant,
) -> Result<(), watch::error::RecvError> {
    sleep_until(not_before).await;
    progress.changed().await
}

/// A third of the lease: of the length that the worker asked for, or else of what the server's own clock
/// says is left of it, since this machine's clock may be wrong.
pub(super) fn beat(lease: Option<Duration>, task: &LeasedTask, now: Option<DateTime<Utc>>) -> Duration {
    let told = || (task.lease_expires_at - now?).to_std().ok();
    lease.or_else(told).map_or(CAUTIOUS_BEAT, |lease| (lease / 3).max(SHORTEST_BEAT))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;
    use windlass_wire::{Json, LeasedTask};

    use super::{CAUTIOUS_BEAT, SHORTEST_BEAT, beat};

    fn task(lease_expires_at: DateTime<Utc>) -> LeasedTask {
        LeasedTask {
            id: Uuid::nil(),
            r#type: String::new(),
            job_id: Uuid::nil(),
            job_key: String::new(),
            pipeline_id: Uuid::nil(),
            pipeline_name: String::new(),
            attempt: 1,
            max_attempts: 1,
            payload: Json::default(),
            job_payload: Json::default(),
            metadata: Json::empty_object(),
            lease_token: Uuid::nil(),
            lease_expires_at,
            timeout_seconds: None,
            correlation_id: String::new(),
            traceparent: None,
            tracestate: None,
        }
    }

    #[test]
    fn the_beat_is_a_third_of_the_lease_by_the_servers_clock() {
        // Far from this machine's time, which must not matter.
        let now: DateTime<Utc> = "2001-01-01T00:00:00Z".parse().unwrap();
        let task = task(now + TimeDelta::seconds(60));
        assert_eq!(beat(None, &task, Some(now)), Duration::from_secs(20));
        assert_eq!(beat(Some(Duration::from_secs(6)), &task, Some(now)), Duration::from_secs(2));
        assert_eq!(beat(None, &task, None), CAUTIOUS_BEAT);
        assert_eq!(beat(None, &task, Some(now + TimeDelta::seconds(60))), SHORTEST_BEAT);
        assert_eq!(beat(None, &task, Some(now + TimeDelta::seconds(61))), CAUTIOUS_BEAT);
    }
}
