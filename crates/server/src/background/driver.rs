//! The one driver of all duties: it owns time, jitter, back-off, shutdown and metrics.
//!
//! A tick runs in a task of its own, so that a panic is distinguished from a failure and ends neither its own
//! loop nor another. What it deliberately does not do: stop a tick half-way at shutdown.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use windlass_store::{Error, Outage};

use super::tick::Ticked;
use crate::health::Health;
use crate::telemetry::{TICK_ERRORS, TICK_ROWS, TICK_SECONDS};

/// Longer than any deadline of the store: a tick that takes this long hangs.
const TICK_DEADLINE: Duration = Duration::from_mins(1);
/// The first pause after a failure, doubled by each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause after a failure, so that a server is well again soon after its database.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A duty's name, rhythm, and to whom its driver answers.
pub(super) struct Duty {
    name: &'static str,
    every: Duration,
    health: Arc<Health>,
    stop: CancellationToken,
}

impl Duty {
    pub(super) fn new(
        name: &'static str,
        every: Duration,
        health: Arc<Health>,
        stop: CancellationToken,
    ) -> Self {
        health.begin(name, every);
        // Known while it is zero: a rate has no beginning otherwise.
        metrics::counter!(TICK_ERRORS, "loop" => name).absolute(0);
        Self { name, every, health, stop }
    }
}

/// Ticks until the stop.
pub(super) async fn drive<F>(duty: Duty, tick: impl Fn() -> F)
where
    F: Future<Output = Result<Ticked, Error>> + Send + 'static,
{
    let mut failures = 0;
    loop {
        let began = Instant::now();
        let outcome = run(tick()).await;
        metrics::histogram!(TICK_SECONDS, "loop" => duty.name).record(began.elapsed().as_secs_f64());
        let pause = match outcome {
            Ok(ticked) => {
                failures = 0;
                duty.succeed(ticked)
            }
            Err(failed) => {
                failures += 1;
                duty.fail(&failed, failures)
            }
        };
        tokio::select! {
            () = duty.stop.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}

/// How a tick failed, and what that says of the database.
struct Failed {
    detail: String,
    outage: Option<Outage>,
}

async fn run(tick: impl Future<Output = Result<Ticked, Error>> + Send + 'static) -> Result<Ticked, Failed> {
    let detail = match timeout(TICK_DEADLINE, tokio::spawn(tick)).await {
        Ok(Ok(Ok(ticked))) => return Ok(ticked),
        Ok(Ok(Err(error))) => return Err(Failed { detail: chain(&error), outage: error.outage() }),
        // Its message is logged where it happened, by the process's hook.
        Ok(Err(_panic)) => "it panicked".to_owned(),
        Err(_) => format!("it took longer than {} seconds", TICK_DEADLINE.as_secs()),
    };
    Err(Failed { detail, outage: None })
}

/// An error with its causes, for the log.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

impl Duty {
    /// Notes a tick that worked; answers how long to pause.
    fn succeed(&self, ticked: Ticked) -> Duration {
        metrics::counter!(TICK_ROWS, "loop" => self.name).increment(ticked.rows as u64);
        if self.health.well(self.name) {
            tracing::info!(duty = self.name, "works again");
        }
        if ticked.full { Duration::ZERO } else { jittered(self.every) }
    }

    /// Notes a tick that failed, `failures` in a row; answers how long to pause.
    fn fail(&self, failed: &Failed, failures: u32) -> Duration {
        metrics::counter!(TICK_ERRORS, "loop" => self.name).increment(1);
        if self.health.unwell(self.name, failed.outage) {
            tracing::warn!(
                duty = self.name,
                detail = failed.detail,
                "fails; it is tried again until it works"
            );
        }
        jittered(FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures - 1)).min(LONGEST_PAUSE))
    }
}

/// Up to a tenth less, so that servers started together drift apart.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(1.0 - fastrand::f64() / 10.0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::health::Trouble;

    fn duty(health: &Arc<Health>, stop: &CancellationToken) -> Duty {
        Duty::new("test", Duration::from_millis(10), health.clone(), stop.clone())
    }

    #[tokio::test(start_paused = true)]
    async fn a_tick_that_panics_or_fails_is_reported_and_tried_again() {
        let (health, stop) = (Arc::new(Health::default()), CancellationToken::new());
        let ticks = Arc::new(AtomicU32::new(0));
        let (begun, seen, reports) = (ticks.clone(), health.clone(), Arc::new(AtomicU32::new(0)));
        let (reporting, stopper) = (reports.clone(), stop.clone());
        let driven = drive(duty(&health, &stop), move || {
            let tick = begun.fetch_add(1, Ordering::SeqCst);
            reporting
                .fetch_add(u32::from(matches!(seen.trouble(), Some(Trouble::Loop(_)))), Ordering::SeqCst);
            let stop = stopper.clone();
            async move {
                match tick {
                    0 => panic!("a defect"),
                    1 => Err(Error::NotTerminal),
                    2 => Ok(Ticked::default()),
                    _ => {
                        stop.cancel();
                        Ok(Ticked::default())
                    }
                }
            }
        });
        driven.await;
        assert_eq!(ticks.load(Ordering::SeqCst), 4);
        assert_eq!(
            reports.load(Ordering::SeqCst),
            2,
            "unwell after the panic and after the error, not before or later"
        );
        assert!(health.trouble().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_tick_is_followed_at_once_and_another_after_its_pause() {
        let (health, stop) = (Arc::new(Health::default()), CancellationToken::new());
        let began = Instant::now();
        let (ticks, stopper) = (Arc::new(AtomicU32::new(0)), stop.clone());
        drive(duty(&health, &stop), || {
            let tick = ticks.fetch_add(1, Ordering::SeqCst);
            if tick == 5 {
                stopper.cancel();
            }
            async move { Ok(Ticked { rows: 1, full: tick < 4 }) }
        })
        .await;
        let took = began.elapsed();
        assert!((9..=11).contains(&took.as_millis()), "five ticks at once, one pause, one tick: {took:?}");
    }
}
