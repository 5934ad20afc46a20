//! A circuit breaker around the server: while it does not answer, only a probe now and then is sent.
//!
//! A run of failures opens it. While it is open, calls are refused without being sent, except for one every pause: a probe. The
//! pause grows with each probe that fails. Any answer closes it, whichever call got it, and wakes all that wait.
//!
//! Why one of ours: tower-resilience-circuitbreaker 0.13 was looked at and does not fit. It reads `std::time::Instant`, so no test
//! can move its time; its pause neither grows nor differs between workers, which would probe in step; one probe that hangs on a
//! dead connection occupies its slot and leaves the breaker open, until the call's own limit; it cannot wake who waits when it
//! closes; and it refuses heartbeats too, which a lease cannot wait for.
//!
//! What it deliberately does not do: it does not judge calls one by one. A server that answers some calls is there; what it answers
//! with 500 again and again is repeated ever more slowly by [`Backoff`](super::Backoff), like everything else.
//!
//! How it fails: towards trying. A probe without an outcome is followed by the next; heartbeats are sent in every state.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::breaker_state::BreakerState;
use crate::metrics;

/// When a breaker opens, and how often it probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures in a row, without an answer in between, that open it; default 5, at least 1.
    pub failures: u32,
    /// The time to the first probe; twice as long after each that fails. Up to half of it is taken off at random. Default 500 ms.
    pub min_pause: Duration,
    /// The longest time between two probes. Default 3 s, so that work goes on within 5 s of the server's return.
    pub max_pause: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, min_pause: Duration::from_millis(500), max_pause: Duration::from_secs(3) }
    }
}

/// Which calls ask the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Sent only when the breaker lets it through.
    Asked,
    /// Sent in every state: heartbeats and health checks, which come at a pace of their own.
    Always,
}

/// The breaker of one client and all its clones.
#[derive(Clone, Debug)]
pub(crate) struct Breaker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: BreakerSettings,
    /// The server's address, for logs and metrics.
    server: String,
    inner: Mutex<Inner>,
    state: watch::Sender<BreakerState>,
}

#[derive(Debug)]
struct Inner {
    state: BreakerState,
    failures: u32,
    pause: Duration,
    probe_at: Instant,
}

/// The right to make one try, which ends in an outcome or is returned unused.
pub(crate) struct Pass {
    breaker: Breaker,
    probe: bool,
    reported: bool,
}

impl Breaker {
    pub(crate) fn new(settings: BreakerSettings, server: String) -> Self {
        let inner = Inner {
            state: BreakerState::Closed,
            failures: 0,
            pause: settings.min_pause,
            probe_at: Instant::now(),
        };
        let state = watch::Sender::new(BreakerState::Closed);
        metrics::breaker_state(&server, BreakerState::Closed);
        Self { shared: Arc::new(Shared { settings, server, inner: Mutex::new(inner), state }) }
    }

    /// The present state.
    pub(crate) fn state(&self) -> BreakerState {
        *self.shared.state.borrow()
    }

    /// Lets a call through, or says how long it is to the next probe.
    pub(crate) fn admit(&self, admission: Admission) -> Result<Pass, Duration> {
        let mut inner = self.inner();
        let now = Instant::now();
        let probe = inner.state != BreakerState::Closed;
        if probe && admission == Admission::Asked {
            if now < inner.probe_at {
                return Err(inner.probe_at - now);
            }
            inner.probe_at = now + jittered(inner.pause);
            self.enter(&mut inner, BreakerState::HalfOpen);
        }
        Ok(Pass { breaker: self.clone(), probe: probe && admission == Admission::Asked, reported: false })
    }

    /// Waits for `delay`; no longer than until the breaker closes, if it is not closed.
    pub(crate) async fn wait(&self, delay: Duration) {
        if self.state() == BreakerState::Closed {
            return tokio::time::sleep(delay).await;
        }
        let mut state = self.shared.state.subscribe();
        let closed = state.wait_for(|state| *state == BreakerState::Closed);
        drop(tokio::time::timeout(delay, closed).await);
    }

    /// Ready when the breaker closes after it was not closed: by then the server answers others.
    pub(crate) async fn recovered(&self) {
        let mut state = self.shared.state.subscribe();
        for awaited in [false, true] {
            if state.wait_for(|state| (*state == BreakerState::Closed) == awaited).await.is_err() {
                // The sender lives as long as this breaker does.
                std::future::pending::<()>().await;
            }
        }
    }

    fn answered(&self) {
        let mut inner = self.inner();
        inner.failures = 0;
        inner.pause = self.shared.settings.min_pause;
        self.enter(&mut inner, BreakerState::Closed);
    }

    fn failed(&self, probe: bool) {
        let mut inner = self.inner();
        match inner.state {
            BreakerState::Closed => {
                inner.failures += 1;
                if inner.failures >= self.shared.settings.failures.max(1) {
                    inner.probe_at = Instant::now() + jittered(inner.pause);
                    self.enter(&mut inner, BreakerState::Open);
                }
            }
            BreakerState::HalfOpen if probe => {
                inner.pause = (inner.pause * 2).min(self.shared.settings.max_pause);
                inner.probe_at = Instant::now() + jittered(inner.pause);
                self.enter(&mut inner, BreakerState::Open);
            }
            // A call that was sent before the breaker opened shows nothing new.
            BreakerState::HalfOpen | BreakerState::Open => {}
        }
    }

    /// A probe ended without an outcome: the next may go at once.
    fn released(&self) {
        let mut inner = self.inner();
        if inner.state == BreakerState::HalfOpen {
            inner.probe_at = Instant::now();
            self.enter(&mut inner, BreakerState::Open);
        }
    }

    fn enter(&self, inner: &mut Inner, state: BreakerState) {
        if inner.state == state {
            return;
        }
        let server = &self.shared.server;
        match (inner.state, state) {
            (BreakerState::Closed, _) => tracing::warn!(server, "the server does not answer, probing it"),
            (_, BreakerState::Closed) => tracing::info!(server, "the server answers again"),
            _ => {}
        }
        inner.state = state;
        self.shared.state.send_replace(state);
        metrics::breaker_change(server, state);
    }

    /// Nothing that holds the lock can panic half-way.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// The server answered, whatever it said.
    pub(crate) fn answered(mut self) {
        self.reported = true;
        self.breaker.answered();
    }

    /// The server did not answer, or that it cannot work at present.
    pub(crate) fn failed(mut self) {
        self.reported = true;
        self.breaker.failed(self.probe);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if self.probe && !self.reported {
            self.breaker.released();
        }
    }
}

/// Between a half and the whole of `pause`.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(1.0 - fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::BreakerState;
    use super::{Admission, Breaker, BreakerSettings};

    const SETTINGS: BreakerSettings =
        BreakerSettings { failures: 3, min_pause: Duration::from_secs(1), max_pause: Duration::from_secs(4) };

    fn breaker() -> Breaker {
        Breaker::new(SETTINGS, "server".to_owned())
    }

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.admit(Admission::Asked).map_err(drop).expect("let through").failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_of_failures_opens_it_and_an_answer_in_between_does_not_count_as_one() {
        let breaker = breaker();
        fail(&breaker, 2);
        breaker.admit(Admission::Asked).map_err(drop).expect("closed").answered();
        fail(&breaker, 2);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), BreakerState::Open);
        let wait = breaker.admit(Admission::Asked).err().expect("refused");
        assert!((SETTINGS.min_pause / 2..=SETTINGS.min_pause).contains(&wait), "{wait:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_is_let_through_and_its_answer_closes_it() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(SETTINGS.min_pause).await;
        let probe = breaker.admit(Admission::Asked).map_err(drop).expect("a probe");
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert!(breaker.admit(Admission::Asked).is_err(), "one probe at a time");
        probe.answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_grows_with_each_probe_that_fails_and_stays_below_its_bound() {
        let breaker = breaker();
        fail(&breaker, 3);
        for pause in [2, 4, 4].map(Duration::from_secs) {
            tokio::time::advance(SETTINGS.max_pause).await;
            fail(&breaker, 1);
            let wait = breaker.admit(Admission::Asked).err().expect("open again");
            assert!((pause / 2..=pause).contains(&wait), "{wait:?} of {pause:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_hangs_is_followed_by_the_next() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(SETTINGS.min_pause).await;
        let _hanging = breaker.admit(Admission::Asked).map_err(drop).expect("a probe");
        tokio::time::advance(SETTINGS.min_pause).await;
        breaker.admit(Admission::Asked).map_err(drop).expect("another").answered();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_lets_another_try() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(SETTINGS.min_pause).await;
        drop(breaker.admit(Admission::Asked).map_err(drop).expect("a probe"));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert!(breaker.admit(Admission::Asked).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn heartbeats_pass_while_it_is_open_and_their_answer_wakes_who_waits() {
        let breaker = breaker();
        fail(&breaker, 3);
        let waiting = tokio::spawn({
            let breaker = breaker.clone();
            async move { breaker.wait(Duration::from_hours(1)).await }
        });
        tokio::task::yield_now().await;
        let began = tokio::time::Instant::now();
        breaker.admit(Admission::Always).map_err(drop).expect("always").answered();
        waiting.await.unwrap();
        assert_eq!((breaker.state(), began.elapsed()), (BreakerState::Closed, Duration::ZERO));
    }
}
