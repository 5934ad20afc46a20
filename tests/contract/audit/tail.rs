//! Event streams that share one reader of the audit's end: what they cost, and that none misses or repeats an event.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Stream, ids};

/// Over how long transactions are counted.
const COUNTED: Duration = Duration::from_secs(3);
/// Transactions a second of an idle server in all, ten of them the reader's.
const ALL: f64 = 35.0;

#[tokio::test]
async fn many_idle_streams_ask_the_database_as_little_as_one_and_none_asks_nothing() {
    let app = TestApp::start().await;
    app.walk_events("").await;
    let streams = join_all((0..200).map(|_| Stream::open(&app, 0, "", None))).await;
    let with = fewest_transactions(&app, ALL).await;
    drop(streams);
    fewest_transactions(&app, with - 5.0).await;
    app.finish().await;
}

/// Transactions a second, once there are at most so many: Postgres may still be counting what went before.
async fn fewest_transactions(app: &TestApp, at_most: f64) -> f64 {
    eventually(&format!("at most {at_most} transactions a second end"), || async {
        Some(app.transactions_per_second(COUNTED).await).filter(|count| *count <= at_most)
    })
    .await
}

#[tokio::test]
async fn each_event_comes_soon_also_from_another_server() {
    let app = TestApp::start_servers(2).await;
    let mut own = Stream::open(&app, 0, "", None).await;
    let mut other = Stream::open(&app, 1, "", None).await;
    let begun = std::time::Instant::now();
    for number in 0..20 {
        let pipeline = app.submit(json!([job(&format!("job-{number}"), json!({}))])).await;
        for stream in [&mut own, &mut other] {
            assert!(stream.take(2).await.iter().all(|event| event["pipeline_id"] == pipeline["id"]));
        }
    }
    let each = begun.elapsed() / 20;
    assert!(each < Duration::from_millis(500), "{each:?} for each");
    drop((own, other));
    app.finish().await;
}

#[tokio::test]
async fn no_stream_misses_or_repeats_an_event_while_many_write_and_it_joins_falls_behind_or_filters() {
    let app = TestApp::start_servers(2).await;
    let watched = app.submit_with(json!({"name": "watched", "sealed": false, "jobs": []})).await;
    let first = app.walk_events("").await.remove(0);
    let first = first["id"].as_str();
    let slow = Stream::open(&app, 0, "", first).await;
    let of_one = Stream::open(&app, 1, &format!("?pipeline_id={}", id(&watched)), first).await;
    let writers = join_all((0..4).map(|number| write(&app, number, &watched)));
    let joiners = join_all((0..12).map(|number| join_late(&app, number, first)));
    let (_, joined) = tokio::join!(writers, joiners);
    let all = app.walk_events("").await;
    let all = &all[1..];
    assert!(all.len() > 6_000, "{} events", all.len());
    let of_watched: Vec<Value> =
        all.iter().filter(|event| event["pipeline_id"] == watched["id"]).cloned().collect();
    assert!(!of_watched.is_empty());
    assert_all(slow, all).await;
    assert_all(of_one, &of_watched).await;
    for (seen, stream) in joined {
        assert_eq!(ids(&seen), ids(&all[..seen.len()]));
        assert_all(stream, &all[seen.len()..]).await;
    }
    app.finish().await;
}

/// Creates many events at once, again and again, some of them of the watched pipeline.
async fn write(app: &TestApp, number: usize, watched: &Value) {
    let jobs: Vec<_> = (0..300).map(|n| job(&format!("job-{number}-{n}"), json!({"tasks": []}))).collect();
    for round in 0..4 {
        let body = json!({"name": "n", "correlation_id": "c".repeat(200), "jobs": jobs});
        app.post_to(number % 2, "/v1/pipelines", body).await.expect(201);
        let more = json!({"jobs": [job(&format!("more-{number}-{round}"), json!({"tasks": []}))]});
        let path = format!("/v1/pipelines/{}/jobs", id(watched));
        app.post_to(number % 2, &path, more).await.expect(201);
    }
}

/// Opens a stream behind the first event while others write, each after some more has been read, and reads a little.
async fn join_late(app: &TestApp, number: usize, first: Option<&str>) -> (Vec<Value>, Stream) {
    let mut probe = Stream::open(app, number % 2, "", first).await;
    probe.take(number * 200 + 1).await;
    let mut stream = Stream::open(app, (number + 1) % 2, "", first).await;
    (stream.take(number * 50).await, stream)
}

async fn assert_all(mut stream: Stream, expected: &[Value]) {
    assert_eq!(ids(&stream.take(expected.len()).await), ids(expected));
}

#[tokio::test]
async fn a_restored_backup_ends_the_streams_whose_last_event_it_lacks_and_only_those() {
    let app = TestApp::start_servers(2).await;
    app.submit(json!([job("a", json!({}))])).await;
    let shared = app.walk_events("").await;
    let backup = app.back_up().await;
    eventually("the service is well again", || async {
        (app.get("/readyz").await.status == 200).then_some(())
    })
    .await;
    let mut lost = Stream::open(&app, 0, "", None).await;
    app.submit(json!([job("b", json!({}))])).await;
    let seen = lost.take(2).await;
    app.restore(backup).await;
    assert!(lost.rest().await.is_empty(), "it ends, and tells nothing more");
    eventually("the service is well again", || async {
        (app.get("/readyz").await.status == 200).then_some(())
    })
    .await;
    let place = shared.last().unwrap()["id"].as_str();
    let mut known = Stream::open(&app, 1, "", place).await;
    let mut late = Stream::open(&app, 0, "", None).await;
    app.submit(json!([job("c", json!({}))])).await;
    let (new, same) = (known.take(2).await, late.take(2).await);
    assert_eq!(new, same);
    assert!(seen.iter().all(|event| !ids(&new).contains(&event["id"].as_str().unwrap())));
    drop((known, late));
    app.abandon().await;
}
