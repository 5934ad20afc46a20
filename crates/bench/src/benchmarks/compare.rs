//! Windlass against raw SQL: dequeue and complete, one task a call and 50.

use crate::backlog::Backlog;
use crate::baseline;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::load::Measured;
use crate::raw::{BATCH, Raw, SINGLE};
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// What is compared with the raw side, alternating.
struct Side {
    clients: usize,
    rates: Sample,
    measured: Vec<Measured>,
}

/// One task a call.
pub(super) async fn single(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let backlog = Backlog::open(&target, "hot").await?;
    let (ceiling_shown, raw, sides) =
        rounds(harness, Raw::open(harness, SINGLE).await?, backlog, &harness.scale.clients, 1).await?;
    for (side, (name, goal)) in sides.iter().zip([("single-64", 2.0), ("single-256", 3.0)]) {
        let what = format!("one task a call, {} clients", side.clients);
        let (rate, ceiling) = (side.rates.median(), raw.median());
        harness.report(
            Row::new(name, what, rate, "cycles/s")
                .against(ceiling, ceiling_shown.clone())
                .ratios(&side.rates.over(&raw), Goal::AtLeast(goal))
                .cpu(&side.measured),
        );
        report_baseline(&target, side.clients, 2.0 * rate).await?;
    }
    target.close().await
}

/// 50 tasks a call.
pub(super) async fn batch(harness: &Harness) -> Result<(), BenchError> {
    let target = Target::open(harness, 1).await?;
    let backlog = Backlog::open(&target, "hot").await?;
    let (ceiling_shown, raw, sides) =
        rounds(harness, Raw::open(harness, BATCH).await?, backlog, &[harness.scale.batch_clients], 50)
            .await?;
    for side in &sides {
        harness.report(
            Row::new(
                "batch-50",
                format!("50 a call, {} clients", side.clients),
                side.rates.median(),
                "tasks/s",
            )
            .against(raw.median(), ceiling_shown.clone())
            .ratios(&side.rates.over(&raw), Goal::AtLeast(0.7))
            .cpu(&side.measured),
        );
    }
    target.close().await
}

/// Raw, then each number of clients, and again.
async fn rounds(
    harness: &Harness,
    mut raw: Raw<'_>,
    mut backlog: Backlog<'_>,
    clients: &[usize],
    max_tasks: usize,
) -> Result<(String, Sample, Vec<Side>), BenchError> {
    raw.choose_clients(harness.scale.raw_clients).await?;
    let side = |clients: &usize| Side { clients: *clients, rates: Sample::default(), measured: Vec::new() };
    let mut sides: Vec<Side> = clients.iter().map(side).collect();
    let mut ceiling = Sample::default();
    for round in 1..=harness.scale.rounds {
        ceiling.push(raw.measure().await?);
        for side in &mut sides {
            let measured = backlog.measure(side.clients, max_tasks).await?;
            side.rates.push(measured.rate);
            side.measured.push(measured);
        }
        let rates: Vec<String> = sides.iter().map(|side| format!("{:.0}", side.rates.last())).collect();
        harness.say(&format!(
            "round {round}: raw {:.0}, windlass {} tasks/s",
            ceiling.last(),
            rates.join(", ")
        ));
    }
    let ceiling_shown = raw.describe();
    raw.close().await?;
    Ok((ceiling_shown, ceiling, sides))
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
