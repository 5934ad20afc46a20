//! One hot job with 2 and with 4 servers: they meet on its row and skip each other's tasks.

use crate::backlog::Backlog;
use crate::error::BenchError;
use crate::harness::Harness;
use crate::report::{Goal, Row};
use crate::sample::Sample;
use crate::target::Target;

/// Servers on the database, and the share of one server's rate that they are to reach.
const SERVERS: [(usize, f64); 2] = [(2, 0.8), (4, 0.6)];

pub(crate) async fn servers(harness: &Harness) -> Result<(), BenchError> {
    for (servers, least) in SERVERS {
        let (alone, together) = (Target::open(harness, 1).await?, Target::open(harness, servers).await?);
        let mut at_one = Backlog::open(&alone, "hot").await?;
        let mut at_many = Backlog::open(&together, "hot").await?;
        for (clients, max_tasks) in [(harness.scale.clients[0], 1), (harness.scale.batch_clients, 50)] {
            let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
            for _ in 0..harness.scale.few_rounds {
                ceiling.push(at_one.measure(clients, max_tasks).await?.rate);
                rates.push(at_many.measure(clients, max_tasks).await?.rate);
            }
            let what = format!("{max_tasks} a call, {clients} clients on {servers} servers, one hot job");
            harness.report(
                Row::new(&format!("servers-{servers}-{max_tasks}"), what, rates.median(), "tasks/s")
                    .against(ceiling.median(), "one server".to_owned())
                    .ratios(&rates.over(&ceiling), Goal::AtLeast(least)),
            );
        }
        alone.close().await?;
        together.close().await?;
    }
    Ok(())
}
