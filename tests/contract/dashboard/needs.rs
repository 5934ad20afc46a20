//! What needs a person, as the overview shows it.

use reqwest::Method;
use serde_json::{Value, json};
use windlass_tests::{TestApp, eventually, id, job};

use super::reader::{Reader, part};

/// What the overview says of one that needs somebody, by its name.
async fn need(reader: &mut Reader, name: &str) -> Option<String> {
    let page = reader.page("/ui/").await;
    let needs = part(&page, "id=\"needs\"", "</section>");
    let begin = format!("<li data-id=\"{name}\">");
    needs.contains(&begin).then(|| part(needs, &begin, "</li>").to_owned())
}

/// What of each kind there is to pause: its page, and its name in the list.
async fn of_each_kind(app: &TestApp, key: &str) -> Vec<(String, String)> {
    let call = async |method: Method, path: &str, body: Value| {
        app.send(app.calls(key).request(method, path).json(&body)).await.json()
    };
    let jobs = json!([{"key": "slow", "type": "slow", "tasks": [{}]}]);
    let made = call(Method::POST, "/v1/pipelines", json!({"name": "nightly", "jobs": jobs})).await;
    let other = call(Method::POST, "/v1/pipelines", json!({"name": "other", "jobs": jobs})).await;
    let whole = app.get_by(key, &format!("/v1/pipelines/{}", id(&other))).await.expect(200);
    let template = json!({"pipeline": {"name": "made", "jobs": jobs}});
    call(Method::PUT, "/v1/templates/made", template).await;
    let schedule = json!({"every_seconds": 3_600, "template": {"name": "made"}});
    call(Method::PUT, "/v1/schedules/hourly", schedule).await;
    let webhook = json!({"url": "https://receiver.example/hook", "events": ["pipeline.failed"]});
    let webhook = call(Method::POST, "/v1/webhooks", webhook).await;
    vec![
        ("queues/slow".to_owned(), "slow".to_owned()),
        (format!("pipelines/{}", id(&made)), "nightly".to_owned()),
        (format!("jobs/{}", id(&whole["jobs"][0])), "slow".to_owned()),
        ("schedules/hourly".to_owned(), "hourly".to_owned()),
        (format!("webhooks/{}", id(&webhook)), "https://receiver.example/hook".to_owned()),
    ]
}

#[tokio::test]
async fn what_is_paused_is_shown_with_who_why_and_since_when_until_it_is_resumed() {
    let app = TestApp::start_with_keys().await;
    let key = app.key("ops", &["read", "produce", "operate"]).await;
    let mut reader = Reader::at(&app, 0);
    reader.log_in(&key, "Ada").await;
    for (page, name) in of_each_kind(&app, &key).await {
        let page = format!("/ui/{page}");
        reader.act(&page, &[("verb", "pause"), ("reason", "no disk")]).await;
        let told = need(&mut reader, &name).await.unwrap_or_else(|| panic!("{page} is not shown"));
        assert!(told.contains("paused by Ada · ops"), "{page}: {told}");
        assert!(
            told.contains("because: <bdi>no disk</bdi>") && told.contains("since <time"),
            "{page}: {told}"
        );
        assert!(told.contains(&format!("href=\"{page}\"")), "{told}");
        let shown = reader.page(&page).await;
        assert!(shown.contains("no disk") && shown.contains("value=\"resume\""), "a pause shows its resume");
        if !page.contains("/pipelines/") && !page.contains("/jobs/") {
            assert!(part(&shown, "id=\"paused\"", "</p>").contains("Ada · ops"), "{page}");
        }
        if page.ends_with("/hourly") {
            // One who puts it meanwhile has not paused it.
            let body = json!({"every_seconds": 60, "template": {"name": "made"}});
            app.calls(key.as_str()).put("/v1/schedules/hourly", body).await.expect(200);
            assert!(need(&mut reader, &name).await.unwrap().contains("Ada · ops"));
        }
        reader.act(&page, &[("verb", "resume")]).await;
        assert_eq!(need(&mut reader, &name).await, None, "{page}");
    }
    assert!(reader.page("/ui/").await.contains("Nothing does."));
    app.finish().await;
}

#[tokio::test]
async fn of_each_kind_20_are_shown() {
    let app = TestApp::start().await;
    let mut reader = Reader::at(&app, 0);
    for number in 0..21 {
        app.patch(&format!("/v1/queues/t{number:02}"), json!({"paused": true})).await.expect(200);
    }
    assert!(need(&mut reader, "t19").await.is_some());
    assert_eq!(need(&mut reader, "t20").await, None);
    app.finish().await;
}

#[tokio::test]
async fn work_that_waits_for_60_s_needs_a_worker_when_none_has_asked_for_5_minutes() {
    let app = TestApp::start().await;
    let mut reader = Reader::at(&app, 0);
    app.expect_nothing_to_lease("alone").await;
    eventually("the worker is known", || async {
        let answer = app.get("/v1/queues/alone").await;
        (answer.status == 200 && answer.json()["workers"] == 1).then_some(())
    })
    .await;
    app.submit(json!([job("alone", json!({}))])).await;
    app.advance(200).await;
    assert_eq!(need(&mut reader, "alone").await, None, "a worker has asked lately");
    app.advance(101).await;
    let told = need(&mut reader, "alone").await.expect("nobody asks");
    assert!(told.contains("work waits for 5 min") && told.contains("no worker asks for it"), "{told}");
    app.submit(json!([job("young", json!({}))])).await;
    app.advance(59).await;
    assert_eq!(need(&mut reader, "young").await, None, "it has waited for less than a minute");
    // Nothing happens then: the page asks by itself.
    let page = reader.page("/ui/").await;
    let due_in: f64 = part(&page, "data-due-in=\"", "\"").parse().unwrap();
    assert!((0.0..=1.0).contains(&due_in), "{due_in}");
    app.advance(2).await;
    assert!(need(&mut reader, "young").await.is_some());
    app.finish().await;
}

#[tokio::test]
async fn a_job_that_takes_tasks_and_has_had_none_for_an_hour_is_idle() {
    let app = TestApp::start().await;
    let mut reader = Reader::at(&app, 0);
    app.submit(json!([{"key": "open", "type": "t", "sealed": false}])).await;
    assert_eq!(need(&mut reader, "open").await, None);
    app.advance(3_601).await;
    assert!(need(&mut reader, "open").await.expect("it is idle").contains("seal it"));
    app.finish().await;
}

#[tokio::test]
async fn a_task_whose_workers_lost_two_leases_is_shown_until_it_has_ended_well() {
    let app = TestApp::start().await;
    let mut reader = Reader::at(&app, 0);
    let retry = json!({"max_attempts": 4, "initial_delay_seconds": 0});
    app.submit(json!([job("crash", json!({"retry": retry})), job("well", json!({"retry": retry}))])).await;
    for type_name in ["crash", "well"] {
        let mut name = String::new();
        for lost in 0..3 {
            let leased = || async { app.lease_many(type_name, 1).await.pop() };
            let task = eventually("it can be leased", leased).await;
            name = format!("{type_name} {}", &id(&task)[..8]);
            assert_eq!(need(&mut reader, &name).await.is_some(), lost == 2, "{lost} of {name}");
            if type_name == "well" && lost == 2 {
                app.complete(&task).await;
                assert_eq!(need(&mut reader, &name).await, None, "nobody is needed any more");
                continue;
            }
            app.advance(61).await;
            // It waits, and is shown as well.
            let path = format!("/v1/tasks/{}", id(&task));
            let waits = || async { (app.get(&path).await.json()["state"] == "queued").then_some(()) };
            eventually("the lease is lost", waits).await;
            assert_eq!(need(&mut reader, &name).await.is_some(), lost >= 1, "{lost} of {name}");
        }
        if type_name == "crash" {
            assert!(need(&mut reader, &name).await.unwrap().contains("lost 3 leases"));
            let task = app.lease_many(type_name, 1).await.pop().unwrap();
            app.advance(61).await;
            let path = format!("/v1/tasks/{}", id(&task));
            let failed = || async { (app.get(&path).await.json()["state"] == "failed").then_some(()) };
            eventually("it has failed for good", failed).await;
            assert!(need(&mut reader, &name).await.unwrap().contains("lost 4 leases"));
            app.advance(86_400).await;
            assert_eq!(need(&mut reader, &name).await, None, "a day has gone");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_schedule_that_failed_is_shown_until_it_succeeds_or_a_day_has_gone() {
    let app = TestApp::start().await;
    let mut reader = Reader::at(&app, 0);
    let jobs = json!([{"key": "a", "type": "a"}]);
    let well = json!({"pipeline": {"name": "made", "jobs": jobs}});
    // The runs of schedules of before fail when a version asks for a parameter.
    let parameters = json!({"required": ["size"], "properties": {"size": {"type": "integer"}}});
    let demanding = json!({"pipeline": {"name": "made", "jobs": jobs}, "parameters": parameters});
    app.put("/v1/templates/made", well.clone()).await.expect(201);
    let schedule =
        json!({"every_seconds": 3_600, "template": {"name": "made"}, "missed": "skip", "overlap": "allow"});
    app.put("/v1/schedules/hourly", schedule).await.expect(201);
    app.put("/v1/templates/made", demanding.clone()).await.expect(201);
    app.advance(3_601).await;
    let told = eventually("it has failed", || need_of(&app, "hourly")).await;
    assert!(told.contains("its last run failed") && told.contains("since <time"), "{told}");
    // A time that nobody was there for is no success.
    app.advance(3_600 + 1_800).await;
    eventually("a time is missed", || async {
        let schedule = app.get("/v1/schedules/hourly").await.json();
        (schedule["last_run"]["outcome"] == "missed").then_some(())
    })
    .await;
    assert!(need(&mut reader, "hourly").await.is_some());
    app.put("/v1/templates/made", well).await.expect(201);
    app.advance(1_800).await;
    eventually("it has succeeded", || async { need_of(&app, "hourly").await.is_none().then_some(()) }).await;
    app.put("/v1/templates/made", demanding).await.expect(201);
    app.advance(3_600).await;
    eventually("it has failed", || need_of(&app, "hourly")).await;
    app.post("/v1/schedules/hourly/pause", json!({})).await.expect(200);
    app.advance(86_400).await;
    let told = need(&mut reader, "hourly").await.unwrap();
    assert!(told.contains("paused") && !told.contains("failed"), "a day has gone: {told}");
    app.finish().await;
}

async fn need_of(app: &TestApp, name: &str) -> Option<String> {
    need(&mut Reader::at(app, 0), name).await
}

#[tokio::test]
async fn a_webhook_whose_deliveries_fail_is_shown() {
    let app = TestApp::start_with(super::calling_here()).await;
    let url = super::nobodys_address();
    let body = json!({"url": url, "events": ["pipeline.pending"]});
    app.post("/v1/webhooks", body).await.expect(201);
    app.submit(json!([job("a", json!({}))])).await;
    let told = eventually("its deliveries fail", || need_of(&app, &url)).await;
    assert!(told.contains("its deliveries fail") && told.contains("since <time"), "{told}");
    app.finish().await;
}
