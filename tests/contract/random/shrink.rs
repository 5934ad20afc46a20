//! Makes a failing script small: first fewer calls, then simpler ones.
//!
//! What: calls are left out, many at a time and then one by one, and those that stay are simplified as proptest does, as long as the script still
//! fails. Why not proptest's own order: it leaves out one call at a time, and each try takes a whole play. How it fails: it stops when its time is
//! over, with the smallest script so far.

use std::time::{Duration, Instant};

use windlass_tests::TestApp;

use super::generate::StepTree;
use super::run::{Tally, only_seed, play_one};
use super::script::Step;

/// How long a failing script is made smaller within `make test`.
const USUAL: Duration = Duration::from_mins(2);
/// The same for somebody who replays it.
const REPLAYED: Duration = Duration::from_mins(15);
/// How long a smaller script waits for what the service does by itself.
const IMPATIENT: Duration = Duration::from_secs(3);

/// A script that is known to fail, and the databases to try others on.
struct Shrink<'a> {
    begun: Instant,
    time: Duration,
    tally: &'a Tally,
    app: Option<TestApp>,
    tries: u64,
    failure: String,
}

fn time() -> Duration {
    if only_seed().is_some() { REPLAYED } else { USUAL }
}

/// What the smallest failing script found in time says.
pub(crate) async fn smallest(script: Vec<StepTree>, failure: String, tally: &Tally) -> String {
    let mut shrink = Shrink { begun: Instant::now(), time: time(), tally, app: None, tries: 0, failure };
    let script = shrink.fewer(script).await;
    let mut script = shrink.simpler(script).await;
    script = shrink.fewer(script).await;
    if let Some(app) = shrink.app.take() {
        app.abandon().await;
    }
    format!("{}\n({} calls after {} tries)", shrink.failure, script.len(), shrink.tries)
}

impl Shrink<'_> {
    /// Leaves out calls, in ever smaller pieces, the last first.
    async fn fewer(&mut self, mut script: Vec<StepTree>) -> Vec<StepTree> {
        let mut piece = script.len() / 2;
        while piece > 0 {
            let mut end = script.len();
            while end > 0 {
                let start = end.saturating_sub(piece);
                let rest = script[..start].iter().chain(&script[end..]);
                if self.fails(&rest.map(|step| step.current()).collect::<Vec<_>>()).await {
                    script.drain(start..end);
                }
                end = start;
            }
            piece /= 2;
        }
        script
    }

    /// Simplifies each call that is left.
    async fn simpler(&mut self, mut script: Vec<StepTree>) -> Vec<StepTree> {
        for number in 0..script.len() {
            let mut simplified = script[number].simplify();
            while simplified && !self.is_over() {
                let fails = self.fails(&script.iter().map(|step| step.current()).collect::<Vec<_>>()).await;
                simplified = if fails { script[number].simplify() } else { script[number].complicate() };
            }
        }
        script
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() > self.time
    }

    /// Whether a smaller script fails too; it does not count when the time is over.
    async fn fails(&mut self, steps: &[Step]) -> bool {
        if self.is_over() {
            return false;
        }
        self.tries += 1;
        let app = match self.app.take() {
            Some(app) => app,
            None => TestApp::start_servers(2).await,
        };
        let played = play_one(&app, &format!("t{}", self.tries), steps, IMPATIENT, self.tally).await;
        let fails = played.is_err();
        if let Err(failure) = played {
            self.failure = failure;
        }
        if app.violations().await.is_empty() {
            self.app = Some(app);
        } else {
            app.abandon().await;
        }
        fails
    }
}
