//! Writing lines, and reading them.

use serde_json::{Value, json};
use windlass_tests::{TestApp, id, job, time_of};

use super::support::{leased, lines, messages, read, read_page, write};

#[tokio::test]
async fn lines_are_shown_oldest_first_as_they_were_stored() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let sent = json!([
        {"message": "first", "level": "debug", "at": "2001-01-01T00:00:00Z", "fields": {"b": -0.5, "a": [1]}},
        {"message": "second"},
        {"message": "", "level": "error", "at": null, "fields": {}},
    ]);
    let answer = write(&app, &task, sent).await.expect(200);
    assert_eq!(answer, json!({"accepted": 3, "dropped": 0}));
    let all = read(&app, &task, "").await;
    let shown: Vec<_> = all.iter().map(|line| (&line["message"], &line["level"], &line["fields"])).collect();
    assert_eq!(
        shown,
        [
            (&json!("first"), &json!("debug"), &json!({"b": -0.5, "a": [1]})),
            (&json!("second"), &json!("info"), &json!({})),
            (&json!(""), &json!("error"), &json!({})),
        ]
    );
    assert_eq!(all[0]["at"], "2001-01-01T00:00:00Z");
    assert_eq!(all[1]["at"], all[1]["received_at"]);
    assert!(
        all.iter().all(|line| line["attempt"] == 1 && time_of(line, "received_at") > time_of(&all[0], "at"))
    );
    app.finish().await;
}

#[tokio::test]
async fn fields_stay_byte_for_byte() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let fields = r#"{"b":-0,"a":1e5,"long":12345678901234567890123,"s":"\u00e9"}"#;
    let body =
        format!(r#"{{"lease_token":{},"lines":[{{"message":"m","fields":{fields}}}]}}"#, task["lease_token"]);
    app.post_text(&format!("/v1/tasks/{}/log", id(&task)), body).await.expect(200);
    let page = app.get(&format!("/v1/tasks/{}/log", id(&task))).await;
    let line = windlass_tests::only(&page.has(200).raw("items"));
    assert_eq!(windlass_tests::text_of(&line, "fields"), fields);
    app.finish().await;
}

#[tokio::test]
async fn an_empty_page_means_nothing_new_yet() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let (none, begin) = read_page(&app, &task, "").await;
    assert!(none.is_empty());
    write(&app, &task, lines(&["one"])).await.expect(200);
    let (first, behind) = read_page(&app, &task, &format!("cursor={begin}")).await;
    assert_eq!(first[0]["message"], "one");
    let (none, same) = read_page(&app, &task, &format!("cursor={behind}")).await;
    assert!(none.is_empty() && same == behind);
    write(&app, &task, lines(&["two", "three"])).await.expect(200);
    let (then, last) = read_page(&app, &task, &format!("limit=1&cursor={behind}")).await;
    assert_eq!(then[0]["message"], "two");
    let (then, _) = read_page(&app, &task, &format!("limit=1&cursor={last}")).await;
    assert_eq!(then[0]["message"], "three");
    app.finish().await;
}

#[tokio::test]
async fn lines_are_filtered_by_attempt_and_least_level() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let all = ["trace", "debug", "info", "warn", "error"];
    let each: Value = all.iter().map(|level| json!({"message": level, "level": level})).collect();
    write(&app, &task, each).await.expect(200);
    app.fail(&task).await;
    let again = app.lease("a").await;
    write(&app, &again, lines(&["again"])).await.expect(200);
    for (at, level) in all.iter().enumerate() {
        assert_eq!(messages(&app, &task, &format!("attempt=1&level={level}")).await, all[at..], "{level}");
    }
    assert_eq!(messages(&app, &task, "attempt=2").await, ["again"]);
    assert_eq!(messages(&app, &task, "level=info").await, ["info", "warn", "error", "again"]);
    assert_eq!(messages(&app, &task, "attempt=3").await, [""; 0]);
    for bad in
        ["level=INFO", "level=", "attempt=0", "attempt=x", "attempt=-1", "cursor=x", "limit=0", "from=1"]
    {
        app.get(&format!("/v1/tasks/{}/log?{bad}", id(&task))).await.problem(400, "malformed_request");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_dead_token_and_an_unknown_task_write_nothing() {
    let app = TestApp::start().await;
    let (pipeline, task) = leased(&app).await;
    let unknown = json!({"id": "0193c5a8-7d5e-7000-8000-00000000000a", "lease_token": task["lease_token"]});
    write(&app, &unknown, lines(&["x"])).await.problem(404, "task_not_found");
    write(&app, &unknown, json!([])).await.problem(404, "task_not_found");
    let nonsense = json!({"id": id(&task), "lease_token": "nonsense"});
    let problem = write(&app, &nonsense, lines(&["x"])).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "running");
    app.verb(&format!("/v1/pipelines/{}", id(&pipeline)), "cancel").await;
    let problem = write(&app, &task, lines(&["x"])).await.problem(409, "lease_lost");
    assert_eq!(problem["task_state"], "cancelled");
    assert_eq!(messages(&app, &task, "").await, [""; 0]);
    app.get("/v1/tasks/0193c5a8-7d5e-7000-8000-00000000000a/log").await.problem(404, "task_not_found");
    app.get("/v1/tasks/x/log").await.problem(404, "task_not_found");
    app.finish().await;
}

#[tokio::test]
async fn it_does_not_renew_the_lease() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    app.advance(50).await;
    write(&app, &task, lines(&["busy"])).await.expect(200);
    assert_eq!(app.task(&task).await["lease_expires_at"], task["lease_expires_at"]);
    app.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_lines_is_told_with_pointers_and_bounds() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let wrong = json!([
        {"message": 1, "level": "loud"},
        {"message": "", "at": "yesterday", "fields": []},
        {"text": ""},
        {"message": "", "fields": {"a": "x".repeat(4_096)}},
    ]);
    assert_eq!(
        write(&app, &task, wrong).await.invalid(),
        [
            "/lines/0/level",
            "/lines/0/message",
            "/lines/1/at",
            "/lines/1/fields",
            "/lines/2/message",
            "/lines/2/text",
            "/lines/3/fields"
        ]
    );
    for (count, right) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        let answer = write(&app, &task, json!(vec![json!({"message": ""}); count])).await;
        if right {
            answer.expect(200);
        } else {
            assert_eq!(answer.invalid(), ["/lines"]);
            assert!(answer.text.contains("1000"), "{}", answer.text);
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn a_long_message_is_cut_and_control_characters_are_replaced() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let sent = json!([
        {"message": "x".repeat(8_192)},
        {"message": "é".repeat(8_192)},
        {"message": "a\0b\u{1b}[0m\r\nc\rd\te\nf\u{7f}\u{85}", "fields": {"k": "\0\r\n\u{1b}", "n": {"m": ["\r"]}}},
    ]);
    assert_eq!(write(&app, &task, sent).await.expect(200)["accepted"], 3);
    let all = read(&app, &task, "").await;
    assert_eq!(all[0]["message"], "x".repeat(8_192));
    let cut = all[1]["message"].as_str().unwrap();
    assert!(cut.len() <= 8_192 && cut.len() > 8_186 && cut.ends_with("é…"), "{}", cut.len());
    assert_eq!(all[2]["message"], "a\u{fffd}b\u{fffd}[0m\nc\nd\te\nf\u{fffd}\u{fffd}");
    assert_eq!(all[2]["fields"], json!({"k": "\u{fffd}\n\u{fffd}", "n": {"m": ["\n"]}}));
    app.finish().await;
}

#[tokio::test]
async fn nul_elsewhere_in_a_log_call_is_refused() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let body = json!({"lines": [{"message": "\0"}], "note": "\0"});
    assert_eq!(app.report(&task, "log", body).await.invalid(), ["/note"]);
    app.finish().await;
}

#[tokio::test]
async fn lines_of_many_callers_of_one_attempt_are_all_there_in_order() {
    let app = TestApp::start().await;
    let (_, task) = leased(&app).await;
    let calls = (0..20).map(|call| {
        let of_call = (0..30).map(|line| json!({"message": format!("{call} {line}")})).collect::<Value>();
        write(&app, &task, of_call)
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect(200), json!({"accepted": 30, "dropped": 0}));
    }
    let (all, _) = read_page(&app, &task, "limit=500").await;
    assert_eq!(all.len(), 500);
    let all = messages(&app, &task, "").await;
    assert_eq!(all.len(), 600);
    for call in 0..20 {
        let begin = format!("{call} ");
        let own: Vec<_> = all.iter().filter(|message| message.starts_with(&begin)).collect();
        let expected: Vec<String> = (0..30).map(|line| format!("{call} {line}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    app.finish().await;
}

#[tokio::test]
async fn the_log_goes_with_its_pipeline_and_stays_with_a_task_that_was_taken_back() {
    let app = TestApp::start().await;
    let jobs = json!([job("scan", json!({})), job("hash", json!({"depends_on": ["scan"], "sealed": false}))]);
    let pipeline = app.submit(jobs).await;
    let scan = app.lease("scan").await;
    let add = json!([{"job": "hash", "tasks": [{}], "seal": true}]);
    app.report(&scan, "complete", json!({"add_tasks": add})).await.expect(200);
    let hash = app.lease("hash").await;
    write(&app, &hash, lines(&["hashed"])).await.expect(200);
    app.complete(&hash).await;
    let path = format!("/v1/pipelines/{}", id(&pipeline));
    app.post(&format!("{path}/retry"), json!({"scope": "all"})).await.expect(200);
    app.get(&format!("/v1/tasks/{}", id(&hash))).await.problem(404, "task_not_found");
    app.get(&format!("/v1/tasks/{}/attempts", id(&hash))).await.expect(200);
    assert_eq!(messages(&app, &hash, "").await, ["hashed"]);
    app.verb(&path, "cancel").await;
    app.delete(&path).await.has(204);
    app.get(&format!("/v1/tasks/{}/log", id(&hash))).await.problem(404, "task_not_found");
    app.finish().await;
}
