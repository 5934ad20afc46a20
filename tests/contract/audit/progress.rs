//! `GET /v1/events/stream?progress=true`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::Stream;

/// For how long something goes on: transactions that are counted, reports.
const COUNTED: Duration = Duration::from_secs(3);

/// A job of four tasks, one of them leased, and that lease.
async fn running(app: &TestApp, key: &str) -> (Value, Value) {
    let pipeline = app.submit(json!([job(key, json!({"tasks": [{}, {}, {}, {}]}))])).await;
    let leased = app.lease(key).await;
    (pipeline, leased)
}

fn of(pipeline: &Value) -> String {
    format!("?progress=true&pipeline_id={}", id(pipeline))
}

async fn progress(app: &TestApp, server: usize, leased: &Value, current: f64) {
    app.report_to(server, leased, "progress", json!({"current": current, "total": 10})).await.expect(200);
}

#[tokio::test]
async fn lines_of_progress_tell_how_far_a_job_is_as_its_own_progress_does() {
    let app = TestApp::start().await;
    let (pipeline, leased) = running(&app, "a").await;
    progress(&app, 0, &leased, 5.0).await;
    let mut stream = Stream::open(&app, 0, &of(&pipeline), None).await;
    let shown = app.job(&pipeline, "a").await;
    let line = json!({"pipeline_id": pipeline["id"], "job_id": shown["id"], "percent": 12.5});
    assert_eq!((stream.line().await, &shown["progress"]["percent"]), (line, &json!(12.5)));
    app.complete(&leased).await;
    assert_eq!(stream.line().await["percent"], 25.0, "ended tasks count in full");
    app.finish().await;
}

#[tokio::test]
async fn what_was_reported_at_another_server_shows_too() {
    let app = TestApp::start_servers(2).await;
    let (pipeline, leased) = running(&app, "a").await;
    let mut stream = Stream::open(&app, 0, &of(&pipeline), None).await;
    assert_eq!(stream.line().await["percent"], 0.0);
    progress(&app, 1, &leased, 2.0).await;
    assert_eq!(stream.line().await["percent"], 5.0);
    app.finish().await;
}

#[tokio::test]
async fn a_line_comes_only_when_it_has_changed_and_at_most_one_a_second_and_job() {
    let app = TestApp::start().await;
    let (pipeline, leased) = running(&app, "a").await;
    let mut stream = Stream::open(&app, 0, &of(&pipeline), None).await;
    let report = async {
        let (begun, mut current) = (Instant::now(), 0.0);
        while begun.elapsed() < COUNTED {
            current += 0.001;
            progress(&app, 0, &leased, current).await;
        }
        progress(&app, 0, &leased, 10.0).await;
    };
    let read = async {
        let mut lines: Vec<(f64, Instant)> = Vec::new();
        while lines.last().is_none_or(|(percent, _)| *percent < 25.0) {
            lines.push((stream.line().await["percent"].as_f64().unwrap(), Instant::now()));
        }
        lines
    };
    let ((), lines) = tokio::join!(report, read);
    assert!(lines.len() > 2, "{lines:?}");
    for two in lines.windows(2) {
        assert!(two[0].0 < two[1].0, "{lines:?}");
        assert!(two[1].1 - two[0].1 >= Duration::from_secs(1), "{lines:?}");
    }
    assert!(stream.is_silent_for(Duration::from_secs(3)).await, "nothing changes");
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_ends_is_told_once_more_and_one_that_waits_is_not() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({})), job("b", json!({"depends_on": ["a"]}))])).await;
    let mut stream = Stream::open(&app, 0, &of(&pipeline), None).await;
    let leased = app.lease("a").await;
    let (a, b) = (app.job(&pipeline, "a").await["id"].clone(), app.job(&pipeline, "b").await["id"].clone());
    let line = stream.line().await;
    assert_eq!((&line["job_id"], &line["percent"]), (&a, &json!(0)), "b waits and has no line");
    app.complete(&leased).await;
    app.lease("b").await;
    let mut next = [stream.line().await, stream.line().await];
    next.sort_by_key(|line| line["percent"].as_u64());
    assert_eq!((&next[0]["job_id"], &next[0]["percent"]), (&b, &json!(0)));
    assert_eq!((&next[1]["job_id"], &next[1]["percent"]), (&a, &json!(100)));
    app.finish().await;
}

#[tokio::test]
async fn lines_have_no_id_and_events_go_on_between_them() {
    let app = TestApp::start().await;
    let (pipeline, leased) = running(&app, "a").await;
    let created = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    let mut stream = Stream::open(&app, 0, &of(&pipeline), created[0]["id"].as_str()).await;
    progress(&app, 0, &leased, 5.0).await;
    stream.line().await;
    app.complete(&leased).await;
    let all = app.walk_events(&format!("?pipeline_id={}", id(&pipeline))).await;
    assert_eq!(stream.take(all.len() - 1).await, all[1..], "and the reader checks that lines have no id");
    app.finish().await;
}

#[tokio::test]
async fn lines_are_narrowed_by_pipeline_job_task_and_type_and_events_alone_by_entity_and_state() {
    let app = TestApp::start().await;
    let (one, leased) = running(&app, "a").await;
    let (_, other) = running(&app, "b").await;
    let job = app.job(&one, "a").await;
    let queries = [
        format!("pipeline_id={}", id(&one)),
        format!("job_id={}", id(&job)),
        format!("task_id={}", id(&leased)),
        "type=a".to_owned(),
        format!("pipeline_id={}&entity=pipeline&to=failed", id(&one)),
    ];
    let mut streams = Vec::new();
    for query in &queries {
        streams.push(Stream::open(&app, 0, &format!("?progress=true&{query}"), None).await);
    }
    let mut all = Stream::open(&app, 0, "?progress=true", None).await;
    for current in [1.0, 2.0] {
        progress(&app, 0, &other, current).await;
        progress(&app, 0, &leased, current).await;
        for (stream, query) in streams.iter_mut().zip(&queries) {
            let percent = current * 2.5;
            let line = stream.line_of(percent).await;
            assert_eq!(line["job_id"], job["id"], "{query}");
        }
    }
    let jobs = [all.line().await["job_id"].clone(), all.line().await["job_id"].clone()];
    assert!(jobs.contains(&job["id"]) && jobs.contains(&other["job_id"]), "{jobs:?}");
    let none = format!("?progress=true&task_id={}", uuid::Uuid::now_v7());
    let mut none = Stream::open(&app, 0, &none, None).await;
    assert!(none.is_silent_for(Duration::from_secs(2)).await);
    app.finish().await;
}

#[tokio::test]
async fn a_stream_that_does_not_ask_has_no_lines() {
    let app = TestApp::start().await;
    let (pipeline, leased) = running(&app, "a").await;
    let query = format!("?progress=false&pipeline_id={}", id(&pipeline));
    let mut without = Stream::open(&app, 0, &query, None).await;
    let mut with = Stream::open(&app, 0, &of(&pipeline), None).await;
    progress(&app, 0, &leased, 1.0).await;
    with.line_of(2.5).await;
    app.complete(&leased).await;
    assert_eq!(without.next().await["to"], "succeeded", "the reader refuses a line that nobody asked for");
    app.finish().await;
}

#[tokio::test]
async fn many_streams_cost_one_query_a_second_and_none_without_one_that_asks() {
    let app = TestApp::start().await;
    let (pipeline, _leased) = running(&app, "a").await;
    app.walk_events("").await;
    let mut plain = Vec::new();
    for _ in 0..20 {
        plain.push(Stream::open(&app, 0, "", None).await);
    }
    let without = fewest(&app, f64::MAX).await;
    let mut asking = Vec::new();
    for _ in 0..50 {
        asking.push(Stream::open(&app, 0, &of(&pipeline), None).await);
    }
    for stream in &mut asking {
        stream.line().await;
    }
    fewest(&app, without + 3.0).await;
    drop(asking);
    fewest(&app, without + 0.5).await;
    drop(plain);
    app.finish().await;
}

/// Transactions a second, once there are at most so many.
async fn fewest(app: &TestApp, at_most: f64) -> f64 {
    eventually(&format!("at most {at_most} transactions a second end"), || async {
        Some(app.transactions_per_second(COUNTED).await).filter(|count| *count <= at_most)
    })
    .await
}
