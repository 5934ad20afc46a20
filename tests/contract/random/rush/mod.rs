//! Many callers at once: no reference can say what each must be answered, but much must hold afterwards.
//!
//! What: random pipelines, then callers in parallel over two servers, workers and operators alike, with answers that are taken for lost and
//! reports that are sent again; then all work is done, and the state and its history are checked. Why: the rules hold in sequence by another
//! test; races are another matter. What it deliberately does not do: make a failing rush smaller, since the next one runs otherwise.
//! How it fails: it prints every call in the order of the answers.

mod aftermath;
mod caller;

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use futures_util::FutureExt;
use windlass_tests::{LONG, TestApp};

use super::generate;
use super::play::{Disagreement, Player};
use super::run::{Tally, said, source};
use super::script::Step;
use caller::Caller;

/// What all callers write down together.
#[derive(Debug, Default)]
struct Record {
    lines: Mutex<Vec<String>>,
    leases: Mutex<Vec<Lease>>,
    /// Accepted retries by hand: nothing else may lead on from an end.
    retries: Mutex<usize>,
    /// Retries that were sent, and those of them that were answered, whatever they led to.
    retries_sent: AtomicUsize,
    retries_answered: AtomicUsize,
}

/// A lease that was handed out, and the reports that were accepted.
#[derive(Debug, Clone)]
struct Lease {
    task: String,
    token: String,
    pipeline: String,
    /// The verbs that ended it, each counted once however often it was repeated.
    ended_by: Vec<&'static str>,
}

/// Plays the rush of a seed.
pub(crate) async fn play_seed(app: &TestApp, tag: &str, seed: u64, tally: &Tally) -> Result<(), String> {
    let (pipelines, callers) = generate::rush(&mut source(seed));
    let mut player = Player::new(app, tag, LONG).await;
    let record = Record::default();
    let outcome = AssertUnwindSafe(rush(&mut player, &record, &pipelines, &callers)).catch_unwind().await;
    let lines = record.lines.lock().unwrap().clone();
    tally.count(&lines);
    let fault = match outcome {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(fault)) => fault,
        Err(panic) => format!("a panic: {}", said(panic.as_ref())),
    };
    for lease in record.leases.lock().unwrap().iter() {
        player.names.add_token(&lease.token);
    }
    Err(player.names.hide(&format!("{}\n{}\n=> {fault}", player.lines.join("\n"), lines.join("\n"))))
}

async fn rush(
    player: &mut Player<'_>,
    record: &Record,
    pipelines: &[Step],
    callers: &[Vec<Step>],
) -> Result<(), Disagreement> {
    for step in pipelines {
        player.step(step).await?;
    }
    let calling = callers.iter().map(|steps| Caller::new(player, record).call_all(steps));
    futures_util::future::try_join_all(calling).await?;
    aftermath::drain(player, record).await?;
    let checked = aftermath::check(player, record).await;
    let violations = player.app.violations().await;
    if violations.is_empty() {
        return checked;
    }
    Err(format!(
        "{}\nand what is stored is inconsistent:\n{}",
        checked.err().unwrap_or_default(),
        violations.join("\n")
    ))
}
