//! One try under the breaker, and repeating it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::{Admission, Backoff, Breaker};
use crate::{Error, metrics};

/// What a repetition would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// A second call has no further effect: it reads, or a token or key makes it count once.
    Safe,
    /// Safe, and on leases that the same key got: a 401 may pass, since keys rotate.
    Leased,
    /// A second call may do a second thing: repeated only when the first surely did nothing.
    Unsafe,
}

impl Safety {
    /// Whether a call that ended in `error` is made again.
    fn repeats(self, error: &Error) -> bool {
        let passes = || error.is_transient() || (self == Self::Leased && error.is_unauthorized());
        error.changed_nothing() || (self != Self::Unsafe && passes())
    }
}

/// Makes one try, and reports to the breaker how it went.
///
/// A safe try that still hangs when the server answers others again is given up: its connection has most likely died with what
/// made the server unreachable, and nobody would notice before the try's own limit.
pub(crate) async fn guarded<T>(
    breaker: &Breaker,
    admission: Admission,
    safety: Safety,
    server: &str,
    attempt: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let pass = breaker
        .admit(admission)
        .map_err(|retry_after| Error::Unavailable { url: server.to_owned(), retry_after })?;
    let answer = tokio::select! {
        biased;
        answer = attempt => answer,
        () = breaker.recovered(), if safety != Safety::Unsafe => {
            let source = "given up, since the server answers others again".into();
            return Err(Error::Transport { url: server.to_owned(), unsent: false, source });
        }
    };
    match &answer {
        Err(error) if error.is_outage() => pass.failed(),
        _ => pass.answered(),
    }
    answer
}

/// Makes a call until it succeeds, fails for good, or `backoff` is used up.
pub(crate) async fn repeat<T, F, Fut>(
    breaker: &Breaker,
    backoff: Backoff,
    safety: Safety,
    mut call: F,
) -> Result<T, Error>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Error>>,
{
    let mut left = backoff.total_delay;
    let mut delays = backoff.delays();
    let mut earlier = None;
    loop {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let pause = Pause::after(&error, &mut delays);
        if !safety.repeats(&error) || backoff.total_delay.is_zero() || pause.longest() > left {
            // That nothing was sent says less than what came before it.
            return Err(if matches!(error, Error::Unavailable { .. }) {
                earlier.unwrap_or(error)
            } else {
                error
            });
        }
        tracing::debug!(?pause, error = &error as &dyn std::error::Error, "trying again");
        if !matches!(error, Error::Unavailable { .. }) {
            metrics::retry(&error);
            earlier = Some(error);
        }
        let began = Instant::now();
        pause.wait(breaker).await;
        left = left.saturating_sub(began.elapsed());
    }
}

/// What to wait after a failure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    /// What the server asked for; it is heeded whatever the breaker learns meanwhile.
    asked: Duration,
    /// The next delay, or the time to the next probe; it ends when the breaker closes.
    delay: Duration,
}

impl Pause {
    pub(crate) fn after(error: &Error, delays: &mut impl Iterator<Item = Duration>) -> Self {
        if let Error::Unavailable { retry_after, .. } = error {
            return Self { asked: Duration::ZERO, delay: *retry_after };
        }
        Self { asked: error.asked_to_wait(), delay: delays.next().unwrap_or_default() }
    }

    pub(crate) async fn wait(self, breaker: &Breaker) {
        tokio::time::sleep(self.asked).await;
        breaker.wait(self.delay.saturating_sub(self.asked)).await;
    }

    fn longest(self) -> Duration {
        self.asked.max(self.delay)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Safety, guarded, repeat};
    use crate::Error;
    use crate::resilience::{Admission, Backoff, Breaker, BreakerSettings, BreakerState};

    fn away() -> Error {
        Error::Transport { url: "server".to_owned(), unsent: false, source: "connection refused".into() }
    }

    fn breaker() -> Breaker {
        Breaker::new(BreakerSettings::default(), "server".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_away_for_a_minute_is_probed_now_and_then_and_asked_within_5_s_of_its_return() {
        let (breaker, began, tries) = (breaker(), Instant::now(), Cell::new(0));
        let backoff = Backoff { total_delay: Duration::from_mins(2), ..Backoff::default() };
        let back = Duration::from_mins(1);
        let call = || {
            guarded(&breaker, Admission::Asked, Safety::Safe, "server", async {
                tries.set(tries.get() + 1);
                if began.elapsed() < back { Err(away()) } else { Ok(()) }
            })
        };
        repeat(&breaker, backoff, Safety::Safe, call).await.unwrap();
        assert!(began.elapsed() < back + Duration::from_secs(5), "{:?}", began.elapsed());
        assert!((20..=50).contains(&tries.get()), "{} tries", tries.get());
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_calls_that_wait_only_one_probes_and_all_go_on_at_its_answer() {
        let (breaker, began, tries) = (breaker(), Instant::now(), Cell::new(0));
        let backoff = Backoff { total_delay: Duration::from_mins(2), ..Backoff::default() };
        let back = Duration::from_mins(1);
        let one = || async {
            let call = || {
                guarded(&breaker, Admission::Asked, Safety::Safe, "server", async {
                    tries.set(tries.get() + 1);
                    if began.elapsed() < back { Err(away()) } else { Ok(()) }
                })
            };
            repeat(&breaker, backoff, Safety::Safe, call).await.unwrap();
            began.elapsed()
        };
        let ended = futures_util::future::join_all((0..64).map(|_| one())).await;
        let last = ended.into_iter().max().unwrap();
        assert!(last < back + Duration::from_secs(5), "{last:?}");
        // 64 at first, 64 at last, and the probes of a minute.
        assert!(tries.get() < 2 * 64 + 50, "{} tries", tries.get());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_is_made_again_as_soon_as_the_server_answers_others() {
        let (breaker, began) = (breaker(), Instant::now());
        let first = Cell::new(true);
        let hanging = repeat(&breaker, Backoff::default(), Safety::Safe, || {
            let hangs = first.replace(false);
            guarded(&breaker, Admission::Asked, Safety::Safe, "server", async move {
                if hangs { std::future::pending().await } else { Ok(()) }
            })
        });
        let others = async {
            for _ in 0..BreakerSettings::default().failures {
                breaker.admit(Admission::Asked).map_err(drop).expect("closed").failed();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            breaker.admit(Admission::Asked).map_err(drop).expect("a probe").answered();
        };
        let (hung, ()) = tokio::join!(hanging, others);
        hung.unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_asks_to_wait_is_waited_though_it_answers_others() {
        let (breaker, began, first) = (breaker(), Instant::now(), Cell::new(true));
        let patient = Backoff { total_delay: Duration::from_mins(1), ..Backoff::default() };
        let asked = repeat(&breaker, patient, Safety::Safe, || {
            let refused = first.replace(false).then(|| Error::Unexpected {
                status: 503,
                body: String::new(),
                retry_after: Some(Duration::from_secs(20)),
            });
            let settings = BreakerSettings::default();
            for _ in 0..settings.failures {
                breaker.admit(Admission::Always).map_err(drop).expect("always").failed();
            }
            std::future::ready(refused.map_or(Ok(()), Err))
        });
        let others = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            breaker.admit(Admission::Always).map_err(drop).expect("always").answered();
        };
        let (outcome, ()) = tokio::join!(asked, others);
        outcome.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(20), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_runs_out_of_patience_shows_what_the_network_said() {
        let breaker = breaker();
        let call =
            || guarded(&breaker, Admission::Asked, Safety::Safe, "server", async { Err::<(), _>(away()) });
        let error = repeat(&breaker, Backoff::default(), Safety::Safe, call).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        assert_eq!(breaker.state(), BreakerState::Open);
        let error = repeat(&breaker, Backoff::NEVER, Safety::Safe, || async {
            guarded(&breaker, Admission::Asked, Safety::Safe, "server", async { Ok(()) }).await
        });
        assert!(matches!(error.await, Err(Error::Unavailable { .. })));
    }
}
