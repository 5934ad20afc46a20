//! What a rendering may take, and that others are answered meanwhile.

use std::time::{Duration, Instant};

use serde_json::json;
use windlass_tests::TestApp;

use super::support::{failed, put, run, with_payload};

#[tokio::test]
async fn past_any_bound_a_rendering_fails() {
    let app = TestApp::start().await;
    let repeated = |list: &str| json!({"name": "n", "jobs": [{"for_each": list, "key": "k{{ index }}", "type": "t", "tasks": []}]});
    put(&app, "jobs", repeated("{{ range(n) }}")).await;
    assert_eq!(
        run(&app, "jobs", json!({"n": 1_000})).await.expect(201)["jobs"].as_array().unwrap().len(),
        1_000
    );
    assert!(failed(&run(&app, "jobs", json!({"n": 1_001})).await)[0].starts_with("/pipeline/jobs"));
    put(&app, "steps", with_payload("{{ ('x' * 70000000) | length }}")).await;
    assert_eq!(failed(&run(&app, "steps", json!({})).await), ["/pipeline/jobs/0/payload"]);
    put(&app, "long", with_payload("{{ ['x' * 100000] * 10000 }}")).await;
    assert_eq!(failed(&run(&app, "long", json!({})).await), ["/pipeline/jobs/0/payload"]);
    let tasks =
        json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [{"for_each": "{{ range(n) }}"}]}]});
    put(&app, "tasks", tasks).await;
    assert_eq!(
        run(&app, "tasks", json!({"n": 10_000})).await.expect(201)["jobs"][0]["counts"]["total"],
        10_000
    );
    assert!(failed(&run(&app, "tasks", json!({"n": 10_001})).await)[0].starts_with("/pipeline/jobs"));
    app.finish().await;
}

#[tokio::test]
async fn others_are_answered_while_templates_are_filled_in() {
    let app = TestApp::start().await;
    let heavy = json!({"name": "n", "jobs": [{"key": "a", "type": "t", "tasks": [{"for_each": "{{ range(5000) }}", "payload": "{{ range(100) | sum }}"}]}]});
    put(&app, "heavy", heavy).await;
    let runs = futures_util::future::join_all((0..6).map(|_| app.post_empty("/v1/templates/heavy/preview")));
    let looks = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let begun = Instant::now();
            app.get("/healthz").await.has(200);
            slowest = slowest.max(begun.elapsed());
        }
        slowest
    };
    let (answers, slowest) = tokio::join!(runs, looks);
    for answer in answers {
        assert!(answer.status == 200 || answer.status == 503, "{}", answer.text);
        if answer.status == 503 {
            answer.problem(503, "overloaded");
        }
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    app.finish().await;
}
