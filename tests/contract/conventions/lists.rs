//! Pages, cursors, and walks over all of them.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, time_of};

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| id(item).to_owned()).collect()
}

/// So many standalone jobs, and the ids of them, newest first.
async fn jobs(app: &TestApp, count: usize) -> Vec<String> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(id(&app.post("/v1/jobs", json!({"type": "a"})).await.expect(201)).to_owned());
    }
    made.reverse();
    made
}

#[tokio::test]
async fn a_list_is_newest_first_and_50_long_by_default() {
    let app = TestApp::start().await;
    let made = jobs(&app, 51).await;
    for list in ["/v1/pipelines", "/v1/jobs", "/v1/tasks"] {
        let (items, next) = app.page(list).await;
        assert_eq!(items.len(), 50);
        let times: Vec<_> = items.iter().map(|item| time_of(item, "created_at")).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
        let (rest, end) = app.page_after(list, &next.expect("a second page")).await;
        assert_eq!((rest.len(), end), (1, None));
    }
    assert_eq!(ids(&app.walk("/v1/jobs").await), made);
    app.finish().await;
}

#[tokio::test]
async fn a_walk_sees_every_row_once_whatever_the_limit() {
    let app = TestApp::start().await;
    let made = jobs(&app, 7).await;
    for limit in 1..=8 {
        assert_eq!(ids(&app.walk(&format!("/v1/jobs?limit={limit}")).await), made, "{limit}");
        assert_eq!(app.walk(&format!("/v1/pipelines?limit={limit}")).await.len(), 7);
        assert_eq!(app.walk(&format!("/v1/tasks?limit={limit}")).await.len(), 7);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_last_page_has_no_cursor_even_when_it_is_full() {
    let app = TestApp::start().await;
    jobs(&app, 4).await;
    for list in ["/v1/pipelines", "/v1/jobs", "/v1/tasks"] {
        let list = format!("{list}?limit=2");
        let (_, next) = app.page(&list).await;
        let (rest, end) = app.page_after(&list, &next.expect("a second page")).await;
        assert_eq!((rest.len(), end), (2, None));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_walk_sees_every_row_that_existed_when_it_began_while_new_ones_come() {
    let app = TestApp::start().await;
    let made = jobs(&app, 10).await;
    for list in ["/v1/jobs?limit=3", "/v1/jobs?type=a&limit=3"] {
        let (mut seen, mut next) = app.page(list).await;
        while let Some(cursor) = next {
            jobs(&app, 2).await;
            let (more, after) = app.page_after(list, &cursor).await;
            seen.extend(more);
            next = after;
        }
        let seen = ids(&seen);
        assert!(made.iter().all(|id| seen.contains(id)), "{seen:?}");
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), seen.len());
    }
    app.finish().await;
}

#[tokio::test]
async fn a_walk_over_a_state_goes_on_past_rows_that_have_left_it() {
    let app = TestApp::start().await;
    let made = jobs(&app, 9).await;
    let list = "/v1/tasks?state=queued&limit=3";
    let (mut seen, next) = app.page(list).await;
    for _ in 0..3 {
        app.succeed("a").await;
    }
    let (more, next) = app.page_after(list, &next.expect("a second page")).await;
    seen.extend(more);
    assert_eq!(seen.len(), 6);
    if let Some(cursor) = next {
        let (rest, _) = app.page_after(list, &cursor).await;
        assert_eq!(rest, Vec::<Value>::new());
    }
    assert_eq!(made.len(), 9);
    app.finish().await;
}

#[tokio::test]
async fn rows_made_in_parallel_are_each_seen_once() {
    let app = TestApp::start_servers(2).await;
    let calls = (0..40).map(|number| {
        let app = &app;
        async move { app.post_to(number % 2, "/v1/jobs", json!({"type": "a"})).await.expect(201) }
    });
    let mut made = ids(&futures_util::future::join_all(calls).await);
    let mut seen = ids(&app.walk("/v1/jobs?limit=3").await);
    made.sort();
    seen.sort();
    assert_eq!(seen, made);
    app.finish().await;
}

#[tokio::test]
async fn created_after_is_inclusive_and_created_before_exclusive() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(app.submit(json!([job("a", json!({}))])).await);
    }
    let at = made[1]["created_at"].as_str().unwrap();
    assert_eq!(
        ids(&app.walk(&format!("/v1/pipelines?created_after={at}")).await),
        [id(&made[2]), id(&made[1])]
    );
    assert_eq!(ids(&app.walk(&format!("/v1/pipelines?created_before={at}")).await), [id(&made[0])]);
    let last = made[2]["created_at"].as_str().unwrap();
    let between = format!("/v1/pipelines?created_after={at}&created_before={last}&limit=1");
    assert_eq!(ids(&app.walk(&between).await), [id(&made[1])]);
    app.finish().await;
}

#[tokio::test]
async fn a_page_ends_early_at_8_mib() {
    let app = TestApp::start().await;
    let payload = "x".repeat(256 * 1024 - 2);
    let tasks = vec![json!({"payload": payload}); 40];
    let pipeline = app.submit(json!([job("a", json!({"tasks": tasks}))])).await;
    let (items, next) = app.page("/v1/tasks?limit=500").await;
    assert!(!items.is_empty() && items.len() < 40, "{}", items.len());
    assert!(next.is_some());
    assert_eq!(app.walk("/v1/tasks?limit=500").await.len(), 40);
    let answer = app.get(&format!("/v1/tasks?job_id={}&limit=500", id(&app.job(&pipeline, "a").await))).await;
    assert!(answer.text.len() <= 8 * 1024 * 1024 + 512 * 1024, "{}", answer.text.len());
    app.finish().await;
}

#[tokio::test]
async fn pages_of_jobs_and_of_pipelines_end_early_at_8_mib_too() {
    let app = TestApp::start().await;
    let large = json!({"x": "x".repeat(256 * 1024 - 8)});
    for _ in 0..36 {
        let body = json!({"name": "test", "metadata": large, "jobs": [job("a", json!({"payload": large, "metadata": large}))]});
        app.submit_with(body).await;
    }
    for list in ["/v1/jobs?limit=500", "/v1/pipelines?limit=500"] {
        let (items, next) = app.page(list).await;
        assert!(!items.is_empty() && items.len() < 36 && next.is_some(), "{list}: {}", items.len());
        assert_eq!(app.walk(list).await.len(), 36, "{list}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_page_of_results_ends_early_at_8_mib() {
    let app = TestApp::start().await;
    let pipeline = app.submit(json!([job("a", json!({"tasks": vec![json!({}); 40]}))])).await;
    let result = "x".repeat(256 * 1024 - 2);
    for task in app.lease_many("a", 40).await {
        app.report(&task, "complete", json!({"result": result})).await.expect(200);
    }
    let list = format!("/v1/pipelines/{}/jobs/a/results?limit=500", id(&pipeline));
    let (items, next) = app.page(&list).await;
    assert!(!items.is_empty() && items.len() < 40 && next.is_some(), "{}", items.len());
    assert_eq!(app.walk(&list).await.len(), 40);
    app.finish().await;
}

#[tokio::test]
async fn a_dequeue_ends_early_at_8_mib_and_the_rest_comes_next() {
    let app = TestApp::start().await;
    let payload = "x".repeat(256 * 1024 - 2);
    app.submit(json!([job("a", json!({"payload": payload, "tasks": vec![json!({}); 50]}))])).await;
    let mut leased = app.lease_many("a", 100).await;
    assert!(!leased.is_empty() && leased.len() < 50, "{}", leased.len());
    while leased.len() < 50 {
        let more = app.lease_many("a", 100).await;
        assert!(!more.is_empty(), "{} of 50", leased.len());
        leased.extend(more);
    }
    app.expect_nothing_to_lease("a").await;
    let job = &app.walk("/v1/jobs").await[0];
    assert_eq!((&job["counts"]["running"], &job["counts"]["queued"]), (&json!(50), &json!(0)));
    app.finish().await;
}
