//! The README's table of metrics, held to what a worker counts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use windlass_sdk::wire::Code;
use windlass_sdk::{BreakerSettings, Client, Context, Worker};

use crate::fake::{Fake, leased, ok, problem, renewed, task};

/// Name → type and labels.
type Table = BTreeMap<String, (String, BTreeSet<String>)>;

fn documented() -> Table {
    let rows = include_str!("../../README.md").lines().filter(|line| line.starts_with("| `windlass_sdk_"));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let name = |cell: &str| cell.trim_matches('`').to_owned();
    cells
        .map(|cells| (name(cells[1]), (cells[2].to_owned(), cells[4].split_whitespace().map(name).collect())))
        .collect()
}

fn counted(text: &str) -> Table {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let labels = |metric: &str| {
        let lines = text.lines().filter(|line| line.starts_with(metric));
        let inner = lines.filter_map(|line| line.split_once('{')?.1.split_once('}'));
        let names = inner.flat_map(|(inner, _)| inner.split(',').filter_map(|pair| pair.split_once('=')));
        names.map(|(name, _)| name.to_owned()).filter(|name| name != "le").collect()
    };
    types.map(|(name, kind)| (name.to_owned(), (kind.to_owned(), labels(name)))).collect()
}

/// A server that is away at first, then has nothing, then a task.
async fn moody() -> Fake {
    Fake::start(|n, seen| match (n, seen.verb.as_str()) {
        (0, _) => problem(Code::DatabaseUnavailable),
        (1, "dequeue") => ok(json!({"tasks": []})),
        (2, "dequeue") => ok(json!({"tasks": [leased(&json!(1))]})),
        (_, "dequeue") => ok(json!({"tasks": []})).set_delay(Duration::from_mins(1)),
        (_, "heartbeat") => renewed(seen),
        _ => ok(task()),
    })
    .await
}

#[tokio::test]
async fn the_table_in_the_readme_is_what_a_worker_counts() {
    let recorder = PrometheusBuilder::new().set_buckets(&[1.0]).unwrap().build_recorder();
    let handle = recorder.handle();
    // The test has one thread, and so has the worker.
    let _guard = metrics::set_default_local_recorder(&recorder);
    let mut fake = moody().await;
    let breaker = BreakerSettings { failures: 1, ..BreakerSettings::default() };
    let client = Client::builder(fake.client_url()).breaker(breaker).build().unwrap();
    let handler = |_: u64, context: Context| async move {
        // Held until a heartbeat has come.
        context.stopping().cancelled().await;
        Ok(())
    };
    let worker = Worker::builder(client).lease(Duration::from_millis(300)).handler("work", handler).build();
    worker.run_until(async { drop(fake.next_of("heartbeat").await) }).await.unwrap();
    let text = handle.render();
    assert_eq!(counted(&text), documented(), "{text}");
    assert!(text.contains(r#"windlass_sdk_tasks_total{type="work",outcome="succeeded"} 1"#), "{text}");
}
