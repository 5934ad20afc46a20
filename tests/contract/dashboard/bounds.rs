//! How large pages are, and what open ones cost.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually};

use super::reader::Reader;

/// What a page has as it is sent with gzip, in bytes.
const MOST: usize = 500 * 1024;

#[tokio::test]
async fn a_page_of_a_pipeline_of_1000_jobs_has_500_kib_at_the_most() {
    let app = TestApp::start().await;
    let job = |number: usize| {
        let parents: Vec<String> = if number < 10 {
            Vec::new()
        } else {
            vec![format!("k{}", number / 3), format!("k{}", (number - 7).max(number / 3 + 1))]
        };
        json!({"key": format!("k{number}"), "type": format!("t{}", number % 200), "depends_on": parents, "tasks": [{}]})
    };
    let jobs: Vec<Value> = (0..1_000).map(job).collect();
    let made = app.submit(json!(jobs)).await;
    let reader = Reader::at(&app, 0);
    let path = format!("/ui/pipelines/{}", made["id"].as_str().unwrap());
    let packed = reader.look_packed(&path).await;
    assert!(packed < MOST, "{packed}");
    let text = reader.look(&path).await.text().await.unwrap();
    assert_eq!(text.matches("<g class=\"job").count(), 1_000);
    app.finish().await;
}

#[tokio::test]
async fn fifty_jobs_alike_are_shown_each_and_51_as_one_box_that_opens() {
    let app = TestApp::start().await;
    let jobs = |count: usize| -> Value {
        (0..count).map(|number| json!({"key": format!("k{number}"), "type": "t", "tasks": [{}]})).collect()
    };
    for (count, boxes) in [(50, 50), (51, 1)] {
        let made = app.submit(jobs(count)).await;
        let mut reader = Reader::at(&app, 0);
        let path = format!("/ui/pipelines/{}", made["id"].as_str().unwrap());
        assert_eq!(reader.page(&path).await.matches("<g class=\"job").count(), boxes);
        assert_eq!(reader.page(&format!("{path}?open=k0")).await.matches("<g class=\"job").count(), count);
    }
    app.finish().await;
}

#[tokio::test]
async fn two_hundred_open_pages_cost_the_database_almost_nothing_while_nothing_happens() {
    let app = TestApp::start().await;
    let reader = Reader::at(&app, 0);
    let idle = app.transactions_per_second(Duration::from_secs(3)).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        let mut stream = reader.look("/ui/stream").await;
        assert!(stream.chunk().await.unwrap().is_some());
        streams.push(stream);
    }
    // What opened them is counted for a moment, too.
    eventually("they cost almost nothing", || async {
        let open = app.transactions_per_second(Duration::from_secs(3)).await;
        (open <= idle + 5.0).then_some(())
    })
    .await;
    drop(streams);
    app.finish().await;
}
