//! Extending leases: one heartbeat for all that are due, in one call.
//!
//! Every lease is renewed at a third of its length. A round takes along what would be due soon, so that leases taken at different
//! times end up in one round. A round that fails is made up for sooner than the next would come.
//!
//! What it deliberately does not do: it does not ask the breaker (a lease cannot wait, and an answer to a heartbeat is how the
//! breaker learns early that the server is back), and it does not decide that a lease has ended: the server says so.
//!
//! How it fails: leases that cannot be renewed are left to the server, and handlers go on; see [`super`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;
use windlass_wire::{Code, HeartbeatItem, HeartbeatResult, LeasedTask, Problem, TaskState};

use super::Cancellation;
use crate::resilience::Backoff;
use crate::{Client, Error, metrics};

/// How often to beat when the server does not say its time; the shortest lease still holds.
const CAUTIOUS_BEAT: Duration = Duration::from_millis(333);
/// Heartbeats more frequent than this help nobody.
const SHORTEST_BEAT: Duration = Duration::from_millis(50);
/// The longest that one round may take.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// The most leases in one call.
const MOST_A_CALL: usize = 1000;

/// The leases that a worker holds, by token.
#[derive(Debug, Default)]
pub(super) struct Heart {
    held: Mutex<HashMap<Uuid, Held>>,
    /// A lease came that may be due before all others.
    came: Notify,
}

#[derive(Debug)]
struct Held {
    id: Uuid,
    beat: Duration,
    due: Instant,
    lost: Option<oneshot::Sender<Cancellation>>,
}

/// A lease that is extended for as long as this lives.
pub(super) struct Lease<'a> {
    heart: &'a Heart,
    token: Uuid,
}

impl Heart {
    /// Extends the lease of `task`, at `beat`; the receiver learns when it is lost.
    pub(super) fn hold(
        &self,
        task: &LeasedTask,
        beat: Duration,
    ) -> (Lease<'_>, oneshot::Receiver<Cancellation>) {
        let (lost, when_lost) = oneshot::channel();
        let held = Held { id: task.id, beat, due: Instant::now() + beat, lost: Some(lost) };
        self.held().insert(task.lease_token, held);
        self.came.notify_one();
        (Lease { heart: self, token: task.lease_token }, when_lost)
    }

    /// Beats until it is dropped.
    pub(super) async fn beat(&self, client: &Client) {
        loop {
            let due = self.held().values().map(|held| held.due).min();
            let Some(due) = due else {
                self.came.notified().await;
                continue;
            };
            tokio::select! {
                () = sleep_until(due) => self.round(client).await,
                () = self.came.notified() => {}
            }
        }
    }

    async fn round(&self, client: &Client) {
        let (items, shortest) = self.due();
        // A round that is late is replaced by the next one, so the client's own patience is of no use.
        let timeout = shortest.clamp(Duration::from_secs(1), LONGEST_CALL);
        let client = Client { timeout, backoff: Backoff::NEVER, ..client.clone() };
        match client.heartbeat_tasks(items.clone()).await {
            Ok(results) => {
                for (item, result) in items.iter().zip(&results) {
                    self.settle(item, result);
                }
            }
            Err(error) => {
                tracing::warn!(
                    leases = items.len(),
                    error = &error as &dyn std::error::Error,
                    "cannot renew leases"
                );
                for item in &items {
                    self.missed(item.lease_token, error.asked_to_wait());
                }
            }
        }
    }

    /// What is due now or before half its beat has passed, and the shortest beat among it.
    fn due(&self) -> (Vec<HeartbeatItem>, Duration) {
        let (now, held) = (Instant::now(), self.held());
        let due = held.iter().filter(|(_, held)| held.due <= now + held.beat / 2).take(MOST_A_CALL);
        let (items, beats): (Vec<_>, Vec<_>) = due
            .map(|(token, held)| {
                (
                    HeartbeatItem { id: held.id, lease_token: *token, lease_seconds: None, checkpoint: None },
                    held.beat,
                )
            })
            .unzip();
        (items, beats.into_iter().min().unwrap_or(LONGEST_CALL))
    }

    fn settle(&self, item: &HeartbeatItem, result: &HeartbeatResult) {
        match &result.problem {
            None => self.renewed(item.lease_token),
            Some(problem) => match lost_by(problem) {
                Some(cause) => self.lose(item.lease_token, cause),
                None => self.missed(item.lease_token, Duration::ZERO),
            },
        }
    }

    fn renewed(&self, token: Uuid) {
        metrics::heartbeat("renewed");
        self.next(token, |beat| beat);
    }

    /// It is made up for after a while, and not before the server wants to be asked again.
    fn missed(&self, token: Uuid, asked_to_wait: Duration) {
        metrics::heartbeat("missed");
        self.next(token, |beat| (beat / 4).max(SHORTEST_BEAT).max(asked_to_wait));
    }

    fn lose(&self, token: Uuid, cause: Cancellation) {
        metrics::heartbeat("lost");
        if let Some(mut held) = self.held().remove(&token) {
            // A slot that reports already does not listen any more.
            let _ = held.lost.take().map(|lost| lost.send(cause));
        }
    }

    fn next(&self, token: Uuid, delay: impl FnOnce(Duration) -> Duration) {
        if let Some(held) = self.held().get_mut(&token) {
            held.due = Instant::now() + delay(held.beat);
        }
    }

    /// Nothing that holds the lock can panic half-way.
    fn held(&self) -> MutexGuard<'_, HashMap<Uuid, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// Something else than a heartbeat renewed the lease.
    pub(super) fn renewed(&self) {
        self.heart.next(self.token, |beat| beat);
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.heart.held().remove(&self.token);
    }
}

/// Why the lease is lost, if `error` says that it is.
pub(super) fn lost(error: &Error) -> Option<Cancellation> {
    match error {
        Error::Problem { problem, .. } => lost_by(problem),
        _ => None,
    }
}

fn lost_by(problem: &Problem) -> Option<Cancellation> {
    match (problem.code, problem.task_state) {
        (Code::LeaseLost, Some(TaskState::Cancelled)) => Some(Cancellation::Cancelled),
        (Code::LeaseLost | Code::TaskNotFound, _) => Some(Cancellation::LeaseLost),
        _ => None,
    }
}

/// A third of the lease: of the length that the worker asked for, or else of what the server's own clock
/// says is left of it, since this machine's clock may be wrong.
pub(super) fn beat(lease: Option<Duration>, task: &LeasedTask, now: Option<DateTime<Utc>>) -> Duration {
    let remaining = || (task.lease_expires_at - now?).to_std().ok();
    lease.or_else(remaining).map_or(CAUTIOUS_BEAT, |lease| (lease / 3).max(SHORTEST_BEAT))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use uuid::Uuid;
    use windlass_wire::{Json, LeasedTask};

    use super::{CAUTIOUS_BEAT, Heart, SHORTEST_BEAT, beat};

    fn task(lease_expires_at: DateTime<Utc>) -> LeasedTask {
        LeasedTask {
            id: Uuid::new_v4(),
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
            checkpoint: None,
            lease_token: Uuid::new_v4(),
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

    #[tokio::test(start_paused = true)]
    async fn a_round_takes_along_what_is_due_soon_and_no_more() {
        let (heart, beat) = (Heart::default(), Duration::from_secs(8));
        let now = "2001-01-01T00:00:00Z".parse().unwrap();
        let (early, soon, late) = (task(now), task(now), task(now));
        let _early = heart.hold(&early, beat);
        tokio::time::advance(Duration::from_secs(3)).await;
        let _soon = heart.hold(&soon, beat);
        tokio::time::advance(Duration::from_secs(4)).await;
        let _late = heart.hold(&late, beat);
        tokio::time::advance(Duration::from_secs(1)).await;
        let (items, shortest) = heart.due();
        let mut tokens: Vec<_> = items.into_iter().map(|item| item.lease_token).collect();
        tokens.sort_unstable();
        let mut expected = [early.lease_token, soon.lease_token];
        expected.sort_unstable();
        assert_eq!((tokens.as_slice(), shortest), (expected.as_slice(), beat));
    }

    #[tokio::test]
    async fn a_lease_that_is_let_go_is_not_renewed() {
        let heart = Heart::default();
        let task = task("2001-01-01T00:00:00Z".parse().unwrap());
        drop(heart.hold(&task, Duration::ZERO));
        assert!(heart.due().0.is_empty());
    }
}
