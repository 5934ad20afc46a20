//! One hot job with 4 servers: they meet on its row and skip each other's tasks.

use crate::error::BenchError;
use crate::lab::Lab;
use crate::line::Line;
use crate::report::Row;
use crate::sample::Sample;

/// Servers on the database.
const SERVERS: usize = 4;

pub(crate) async fn servers(lab: &Lab) -> Result<(), BenchError> {
    let (alone, together) = (lab.site(1).await?, lab.site(SERVERS).await?);
    let mut at_one = Line::open(&alone, "hot").await?;
    let mut at_four = Line::open(&together, "hot").await?;
    for (name, clients, max_tasks) in
        [("servers-4-1", lab.scale.clients[0], 1), ("servers-4-50", lab.scale.batch_clients, 50)]
    {
        let (mut rates, mut ceiling) = (Sample::default(), Sample::default());
        for _ in 0..lab.scale.few_rounds {
            ceiling.push(at_one.measure(clients, max_tasks).await?.rate);
            rates.push(at_four.measure(clients, max_tasks).await?.rate);
        }
        let what = format!("{max_tasks} a call, {clients} clients on {SERVERS} servers, one hot job");
        lab.report(
            Row::new(name, what, rates.median(), "tasks/s")
                .against(ceiling.median(), "one server".to_owned())
                .watched(&rates.over(&ceiling)),
        );
    }
    alone.close().await?;
    together.close().await
}
