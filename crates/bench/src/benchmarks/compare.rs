//! Windlass against raw SQL: dequeue and complete, one task a call and 50.

use crate::error::BenchError;
use crate::hello;
use crate::lab::Lab;
use crate::line::Line;
use crate::load::Measured;
use crate::raw::{BATCH, Raw, SINGLE};
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::site::Site;

/// What is compared with the raw side in turns.
struct Side {
    clients: usize,
    rates: Sample,
    measured: Vec<Measured>,
}

/// One task a call.
pub(super) async fn single(lab: &Lab) -> Result<(), BenchError> {
    let site = lab.site(1).await?;
    let line = Line::open(&site, "hot").await?;
    let (told, raw, sides) = rounds(lab, Raw::open(lab, SINGLE).await?, line, &lab.scale.clients, 1).await?;
    for (side, (name, goal)) in sides.iter().zip([("single-64", 2.0), ("single-256", 3.0)]) {
        let what = format!("one task a call, {} clients", side.clients);
        let (rate, ceiling) = (side.rates.median(), raw.median());
        lab.report(
            Row::new(name, what, rate, "cycles/s")
                .against(ceiling, told.clone())
                .ratios(&side.rates.over(&raw), Goal::AtLeast(goal))
                .cpu(&side.measured),
        );
        report_hello(&site, side.clients, 2.0 * rate).await?;
    }
    site.close().await
}

/// 50 tasks a call.
pub(super) async fn batch(lab: &Lab) -> Result<(), BenchError> {
    let site = lab.site(1).await?;
    let line = Line::open(&site, "hot").await?;
    let (told, raw, sides) =
        rounds(lab, Raw::open(lab, BATCH).await?, line, &[lab.scale.batch_clients], 50).await?;
    for side in &sides {
        lab.report(
            Row::new(
                "batch-50",
                format!("50 a call, {} clients", side.clients),
                side.rates.median(),
                "tasks/s",
            )
            .against(raw.median(), told.clone())
            .ratios(&side.rates.over(&raw), Goal::AtLeast(0.7))
            .cpu(&side.measured),
        );
    }
    site.close().await
}

/// Raw, then each number of clients, and again.
async fn rounds(
    lab: &Lab,
    mut raw: Raw<'_>,
    mut line: Line<'_>,
    clients: &[usize],
    max_tasks: usize,
) -> Result<(String, Sample, Vec<Side>), BenchError> {
    raw.choose_clients(lab.scale.raw_clients).await?;
    let side = |clients: &usize| Side { clients: *clients, rates: Sample::default(), measured: Vec::new() };
    let mut sides: Vec<Side> = clients.iter().map(side).collect();
    let mut ceiling = Sample::default();
    for round in 1..=lab.scale.rounds {
        ceiling.push(raw.measure().await?);
        for side in &mut sides {
            let measured = line.measure(side.clients, max_tasks).await?;
            side.rates.push(measured.rate);
            side.measured.push(measured);
        }
        let told: Vec<String> = sides.iter().map(|side| format!("{:.0}", side.rates.last())).collect();
        lab.say(&format!("round {round}: raw {:.0}, windlass {} tasks/s", ceiling.last(), told.join(", ")));
    }
    let told = raw.tell();
    raw.close().await?;
    Ok((told, ceiling, sides))
}

/// Shows that neither HTTP nor the clients are what limits.
async fn report_hello(site: &Site<'_>, clients: usize, requests: f64) -> Result<(), BenchError> {
    let hello = hello::ceiling(site, clients, &site.meter()).await?;
    let what = format!("requests of the row above against GET /healthz, {clients} clients");
    site.lab.report(
        Row::new(&format!("http-{clients}"), what, requests, "requests/s")
            .against(hello.rate, "/healthz".to_owned())
            .ratio(requests / hello.rate)
            .cpu(&[hello]),
    );
    Ok(())
}
