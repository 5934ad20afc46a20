//! Plays scripts until the time is over, and makes a failing one small.
//!
//! What: several runners, each with a database and two servers of its own, play one script after the other; the script is drawn from a seed, so
//! that the seed alone brings it back. Why runners: a script that moves the clock waits for the service's own ticks, and others go on meanwhile.
//! What it deliberately does not do: stop a script in the middle because the time is over. How it fails: it prints the smallest script found
//! that still fails, each time on a fresh database, and the seed.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;
use windlass_tests::{LONG, TestApp};

use super::generate;
use super::play::Player;
use super::script::Step;
use super::shrink;

/// Scripts on one database before it is replaced: the consistency check reads all of it.
const SCRIPTS_PER_DATABASE: u64 = 40;
/// What has been done, over all runners.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) scripts: AtomicU64,
    pub(crate) calls: AtomicU64,
    /// A script has failed: the other runners leave the machine to what makes it smaller.
    failed: AtomicBool,
}

impl Tally {
    /// One more script, of these lines.
    pub(crate) fn count(&self, lines: &[String]) {
        let calls = lines.iter().filter(|line| !line.starts_with('#')).count();
        self.calls.fetch_add(calls.try_into().expect("a script is short"), Ordering::Relaxed);
        self.scripts.fetch_add(1, Ordering::Relaxed);
    }
}

/// Where the seeds come from: `WINDLASS_RANDOM_SEED` replays one script.
pub(crate) fn only_seed() -> Option<u64> {
    std::env::var("WINDLASS_RANDOM_SEED")
        .ok()
        .map(|seed| seed.parse().expect("WINDLASS_RANDOM_SEED is a number"))
}

/// How long new scripts are begun: `WINDLASS_RANDOM_SECONDS`, or what a plain test run may take.
pub(crate) fn time_to_play(usual: u64) -> Duration {
    let seconds = std::env::var("WINDLASS_RANDOM_SECONDS").ok();
    Duration::from_secs(
        seconds.map_or(usual, |seconds| seconds.parse().expect("WINDLASS_RANDOM_SECONDS is a number")),
    )
}

/// A seed that no run had before.
pub(crate) fn fresh_seed() -> u64 {
    Uuid::new_v4().as_u64_pair().0 % 1_000_000_000
}

/// What draws from a seed.
pub(crate) fn source(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// Plays one script after the other on several runners at once until the time is over; a play gets a database, a tag of its own and a seed.
pub(crate) async fn play_scripts<P>(runners: usize, time: Duration, play: P)
where
    P: AsyncFn(&TestApp, &str, u64, &Tally) -> Result<(), String>,
{
    let (begun, tally) = (Instant::now(), Tally::default());
    let (first, only) = only_seed().map_or((fresh_seed(), false), |seed| (seed, true));
    let next = AtomicU64::new(first);
    let runner = || runner(&play, &next, &tally, move || !only && begun.elapsed() < time);
    say(&format!("seeds from {first}; WINDLASS_RANDOM_SEED=… replays one"));
    futures_util::future::join_all((0..if only { 1 } else { runners }).map(|_| runner())).await;
    let (scripts, calls) = (tally.scripts.load(Ordering::Relaxed), tally.calls.load(Ordering::Relaxed));
    say(&format!("{scripts} scripts, {calls} calls in {:.0} s", begun.elapsed().as_secs_f64()));
}

#[expect(clippy::print_stdout, reason = "a random run says what it has done")]
fn say(line: &str) {
    println!("{line}");
}

async fn runner<P>(play: &P, next: &AtomicU64, tally: &Tally, goes_on: impl Fn() -> bool)
where
    P: AsyncFn(&TestApp, &str, u64, &Tally) -> Result<(), String>,
{
    loop {
        let app = TestApp::start_servers(2).await;
        for number in 0..SCRIPTS_PER_DATABASE {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if let Err(failure) = play(&app, &format!("s{number}"), seed, tally).await {
                panic!("WINDLASS_RANDOM_SEED={seed} fails:\n{failure}");
            }
            if !goes_on() || tally.failed.load(Ordering::Relaxed) {
                return app.finish().await;
            }
        }
        app.finish().await;
    }
}

/// Plays the script of a seed and makes it small if it fails.
pub(crate) async fn play_seed(app: &TestApp, tag: &str, seed: u64, tally: &Tally) -> Result<(), String> {
    let script = generate::script(&mut source(seed));
    let steps: Vec<Step> = script.iter().map(|step| step.current()).collect();
    match play_one(app, tag, &steps, LONG, tally).await {
        Ok(()) => Ok(()),
        Err(failure) => {
            tally.failed.store(true, Ordering::Relaxed);
            Err(shrink::smallest(script, failure, tally).await)
        }
    }
}

/// Plays a script; a failure says what was called and what differed.
pub(crate) async fn play_one(
    app: &TestApp,
    tag: &str,
    steps: &[Step],
    patience: Duration,
    tally: &Tally,
) -> Result<(), String> {
    let mut player = Player::new(app, tag, patience).await;
    let outcome = AssertUnwindSafe(player.play(steps)).catch_unwind().await;
    tally.count(&player.lines);
    let violations = app.violations().await;
    let fault = match outcome {
        Ok(Ok(())) if violations.is_empty() => return Ok(()),
        Ok(Ok(())) => format!("the database is inconsistent:\n{}", violations.join("\n")),
        Ok(Err(disagreement)) => disagreement,
        Err(panic) => format!("a panic: {}", said(panic.as_ref())),
    };
    Err(player.names.hide(&format!("{}\n=> {fault}", player.lines.join("\n"))))
}

pub(crate) fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
}
