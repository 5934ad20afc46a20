//! Adding tasks, 1,000 a call, against an insert of the same rows.

use crate::error::BenchError;
use crate::fill::{PAYLOAD, body};
use crate::lab::Lab;
use crate::load::{Load, Work};
use crate::raw::{ADD, Raw};
use crate::report::{Goal, Row};
use crate::sample::Sample;

/// Tasks a call.
const TASKS: usize = 1_000;

pub(super) async fn adding(lab: &Lab) -> Result<(), BenchError> {
    let site = lab.site(1).await?;
    let mut raw = Raw::open(lab, ADD).await?;
    raw.choose_clients(lab.scale.adders).await?;
    let clients = raw.clients();
    let mut producer = site.client().await?;
    let mut jobs = Vec::with_capacity(clients);
    for _ in 0..clients {
        jobs.push(producer.unsealed_job("added").await?);
    }
    let body = body(TASKS, &format!("{{\"payload\":{PAYLOAD}}}")).into();
    let load = Load { addresses: site.addresses(), clients, work: Work::Add { jobs, body, tasks: TASKS } };
    let (mut rates, mut ceiling, mut all) = (Sample::default(), Sample::default(), Vec::new());
    for round in 1..=lab.scale.rounds {
        lab.settle().await?;
        ceiling.push(raw.measure().await?);
        lab.settle().await?;
        let measured = load.run(lab.scale.window, &site.meter()).await?;
        rates.push(measured.rate);
        all.push(measured);
        lab.say(&format!("round {round}: raw {:.0}, windlass {:.0} tasks/s", ceiling.last(), rates.last()));
    }
    lab.report(
        Row::new("adding", format!("1,000 a call, {clients} clients"), rates.median(), "tasks/s")
            .against(ceiling.median(), raw.tell())
            .ratios(&rates.over(&ceiling), Goal::AtLeast(0.5))
            .cpu(&all),
    );
    raw.close().await?;
    site.close().await
}
