//! Many slow clients at once, and what workers notice of them. The bench row `slow-connections` has ten times as many, for a minute.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::attack::{self, Attack, Target};
use crate::http::ask;
use crate::running::{TestDirectory, Windlass, eventually};

/// How long they are slow.
const SLOW: Duration = Duration::from_secs(10);
/// A busy machine may hold up a single call for so long, whatever clients do.
const HICCUP: Duration = Duration::from_millis(150);

/// The longest but one in a hundred of the dequeues within this time.
fn p99(windlass: &Windlass, length: Duration) -> Duration {
    let (begun, mut lengths) = (Instant::now(), Vec::new());
    while begun.elapsed() < length {
        let asked = Instant::now();
        let answer =
            ask(windlass.address(), "POST", "/v1/tasks/dequeue", r#"{"types": ["work"], "worker_id": "w"}"#);
        lengths.push(asked.elapsed());
        assert_eq!(answer.body["tasks"].as_array().map(Vec::len), Some(1), "{}", answer.text);
    }
    lengths.sort_unstable();
    lengths[(lengths.len() - 1) * 99 / 100]
}

/// A gauge of the server's own.
fn gauge(windlass: &Windlass, name: &str) -> f64 {
    let metrics = ask(windlass.address(), "GET", "/metrics", "").text;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}

fn resident_mib(windlass: &Windlass) -> f64 {
    gauge(windlass, "process_resident_memory_bytes ") / f64::from(1 << 20)
}

/// Makes enough tasks for all dequeues.
fn fill(windlass: &Windlass) {
    let tasks = vec![json!({}); 10_000];
    for number in 0..2 {
        let jobs = json!([{"key": "a", "type": "work", "tasks": tasks}]);
        let body = json!({"name": format!("fill-{number}"), "jobs": jobs}).to_string();
        let created = ask(windlass.address(), "POST", "/v1/pipelines", &body);
        assert_eq!(created.status, 201, "{}", created.text);
    }
}

#[test]
fn two_hundred_slow_connections_at_most_double_the_p99_of_a_dequeue_and_take_less_than_100_mib() {
    let directory = TestDirectory::new();
    let data = directory.data();
    // None of them is closed before the end.
    let windlass = Windlass::serve_with(&["--data-dir", data.to_str().unwrap(), "--head-timeout", "20"]);
    fill(&windlass);
    p99(&windlass, Duration::from_secs(1));
    let (before, resident) = (p99(&windlass, Duration::from_secs(3)), resident_mib(&windlass));
    let target = Target { address: windlass.address().to_owned(), large: "/openapi.json".to_owned() };
    let ways: [(usize, attack::Way); 4] = [
        (60, attack::slow_body),
        (60, attack::half_head),
        (40, attack::unread_answers),
        (40, attack::silence),
    ];
    let attack = Attack::begin(target, &ways);
    eventually("all are there", || gauge(&windlass, "windlass_client_connections ") >= 200.0);
    let during = p99(&windlass, SLOW.checked_sub(Duration::from_secs(2)).unwrap());
    let grown = resident_mib(&windlass) - resident;
    assert!(gauge(&windlass, "windlass_client_connections ") >= 150.0, "they are still there");
    drop(attack);
    let over = Instant::now();
    assert!(during <= (before * 2).max(HICCUP), "{during:?} instead of {before:?}");
    assert!(grown < 100.0, "{grown} MiB");
    while p99(&windlass, Duration::from_secs(1)) > (before * 3 / 2).max(HICCUP) {
        assert!(over.elapsed() < Duration::from_secs(10), "as before within 10 s");
    }
    windlass.stop();
}
