//! Windlass against raw SQL: dequeue and complete, one task a call and 50.

use crate::backlog::Backlog;
use crate::baseline;
use crate::cpu::cores;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::load::Measured;
use crate::raw::{BATCH, LEAN_BATCH, LEAN_SINGLE, Raw, SINGLE, Script};
use crate::report::{Goal, Row};
use crate::sample::{Sample, count};
use crate::target::Target;

/// The share of all cores that may be idle while callers wait.
const IDLE: f64 = 0.1;

/// What is compared with the raw side, alternating.
struct Side {
    clients: usize,
    rates: Sample,
    measured: Vec<Measured>,
}

/// A raw schema, and what it reached.
struct Ceiling {
    shown: String,
    rates: Sample,
}

/// What one run of rounds has found.
struct Compared {
    /// Windlass's own schema.
    ours: Ceiling,
    /// A hand-written queue's, without audit, attempts and fencing.
    lean: Ceiling,
    sides: Vec<Side>,
}

/// One task a call.
pub(super) async fn single(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let backlog = Backlog::open(&target, "hot").await?;
    let compared = rounds(harness, [SINGLE, LEAN_SINGLE], backlog, &harness.scale.clients, 1).await?;
    let goals = [("single-64", 2.0, "single-64-lean", 1.5), ("single-256", 3.0, "single-256-lean", 2.5)];
    for (side, (name, goal, lean, lean_goal)) in compared.sides.iter().zip(goals) {
        let what = format!("one task a call, {} clients", side.clients);
        harness.report(side.row(name, &what, "cycles/s", &compared.ours, goal).cpu(&side.measured));
        harness.report(side.row(lean, &what, "cycles/s", &compared.lean, lean_goal));
        report_baseline(&target, side.clients, 2.0 * side.rates.median()).await?;
    }
    target.close().await
}

/// 50 tasks a call.
pub(super) async fn batch(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let backlog = Backlog::open(&target, "hot").await?;
    let clients = [harness.scale.batch_clients];
    let compared = rounds(harness, [BATCH, LEAN_BATCH], backlog, &clients, 50).await?;
    for side in &compared.sides {
        let what = format!("50 a call, {} clients", side.clients);
        harness.report(side.row("batch-50", &what, "tasks/s", &compared.ours, 0.7).cpu(&side.measured));
        harness.report(side.row("batch-50-lean", &what, "tasks/s", &compared.lean, 0.7));
        harness.report(side.idle("batch-50-idle", &what));
    }
    target.close().await
}

impl Side {
    fn row(&self, name: &str, what: &str, unit: &'static str, ceiling: &Ceiling, goal: f64) -> Row {
        Row::new(name, what, self.rates.median(), unit)
            .against(ceiling.rates.median(), ceiling.shown.clone())
            .ratios(&self.rates.over(&ceiling.rates), Goal::AtLeast(goal))
    }

    /// Cores that neither load, server nor Postgres used. What the kernel does for none of them counts as idle.
    fn idle(&self, name: &str, what: &str) -> Row {
        let cores = count(cores());
        let idle: Sample =
            self.measured.iter().map(|measured| (cores - measured.shares.sum()).max(0.0)).collect();
        let what = format!("{what}: idle while callers wait");
        Row::new(name, what, idle.median(), "cores").spread(&idle).goal(Goal::AtMost(IDLE * cores))
    }
}

/// Raw on both schemas, then each number of clients, and again.
async fn rounds(
    harness: &Harness,
    [ours, lean]: [Script; 2],
    mut backlog: Backlog<'_>,
    clients: &[usize],
    max_tasks: usize,
) -> Result<Compared, BenchError> {
    let (mut ours, mut lean) = (Raw::open(harness, ours).await?, Raw::open(harness, lean).await?);
    ours.choose_clients(harness.scale.raw_clients).await?;
    lean.choose_clients(harness.scale.raw_clients).await?;
    let side = |clients: &usize| Side { clients: *clients, rates: Sample::default(), measured: Vec::new() };
    let mut sides: Vec<Side> = clients.iter().map(side).collect();
    let (mut our_rates, mut lean_rates) = (Sample::default(), Sample::default());
    for round in 1..=harness.scale.rounds {
        our_rates.push(ours.measure().await?);
        lean_rates.push(lean.measure().await?);
        for side in &mut sides {
            let measured = backlog.measure(side.clients, max_tasks).await?;
            side.rates.push(measured.rate);
            side.measured.push(measured);
        }
        let rates: Vec<String> = sides.iter().map(|side| format!("{:.0}", side.rates.last())).collect();
        harness.say(&format!(
            "round {round}: raw {:.0}, lean {:.0}, windlass {} tasks/s",
            our_rates.last(),
            lean_rates.last(),
            rates.join(", ")
        ));
    }
    let ours = Ceiling { shown: close(ours).await?, rates: our_rates };
    let lean = Ceiling { shown: format!("lean: {}", close(lean).await?), rates: lean_rates };
    Ok(Compared { ours, lean, sides })
}

/// Checks a raw side's rows; what it was, for people.
async fn close(raw: Raw<'_>) -> Result<String, BenchError> {
    let shown = raw.describe();
    raw.close().await?;
    Ok(shown)
}

/// Shows that neither HTTP nor the clients are what limits.
async fn report_baseline(target: &Target<'_>, clients: usize, requests: f64) -> Result<(), BenchError> {
    let baseline = baseline::ceiling(target, clients, &target.meter()).await?;
    let what = format!("requests of the row above against GET /healthz, {clients} clients");
    target.harness.report(
        Row::new(&format!("http-{clients}"), what, requests, "requests/s")
            .against(baseline.rate, "/healthz".to_owned())
            .ratio(requests / baseline.rate)
            .cpu(&[baseline]),
    );
    Ok(())
}
