//! Numbers are stored exactly or refused.

use serde_json::{Value, json};
use windlass_tests::{Answer, TestApp, id, job, text_of};

/// The number must come back as it went, or the request must have been refused because of it.
#[track_caller]
fn stored_or_refused(answer: &Answer, sent: &str, pointer: &str, shown: impl FnOnce(&str) -> String) {
    if answer.status == 422 {
        assert_eq!(answer.invalid(), [pointer], "{sent}");
    } else {
        let shown = shown(&answer.text);
        assert!(same_number(sent, &shown), "{sent} came back as {shown}");
    }
}

/// Whether two decimal numbers are the same, digit for digit, apart from the way they are written.
pub(crate) fn same_number(one: &str, other: &str) -> bool {
    let plain = |number: &str| {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits = format!("{whole}{fraction}").trim_start_matches(['-', '0']).to_owned();
        let mut exponent = exponent.parse::<i64>().unwrap() - i64::try_from(fraction.len()).unwrap();
        while digits.ends_with('0') {
            digits.pop();
            exponent += 1;
        }
        (
            number.starts_with('-') && !digits.is_empty(),
            digits.clone(),
            if digits.is_empty() { 0 } else { exponent },
        )
    };
    plain(one) == plain(other)
}

#[test]
fn the_comparison_of_numbers_distinguishes_digits() {
    assert!(same_number("1.50", "15e-1") && same_number("0", "0.0") && same_number("100", "1E2"));
    assert!(!same_number("9007199254740993", "9007199254740992") && !same_number("-1", "1"));
}

#[tokio::test]
async fn a_jobs_numbers_are_stored_exactly_or_refused() {
    let app = TestApp::start().await;
    for (field, number) in [
        ("lease_seconds", "0.1e2"),
        ("lease_seconds", "12.5"),
        ("lease_seconds", "1.000001"),
        ("lease_seconds", "1.0000000000000000001"),
        ("lease_seconds", "1e400"),
        ("timeout_seconds", "86399.999"),
        ("timeout_seconds", "100.123456789123456789"),
        ("max_failed_tasks", "2147483647"),
        ("max_failed_tasks", "1e3"),
        ("max_failed_tasks", "2.0"),
        ("max_failed_tasks", "-0"),
    ] {
        let answer = app.post_text("/v1/jobs", format!(r#"{{"type": "a", "{field}": {number}}}"#)).await;
        stored_or_refused(&answer, number, &format!("/{field}"), |job| text_of(job, field));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_retry_policys_numbers_are_stored_exactly_or_refused() {
    let app = TestApp::start().await;
    for (field, number) in [
        ("max_attempts", "1000"),
        ("max_attempts", "3.0"),
        ("max_attempts", "1e2"),
        ("initial_delay_seconds", "0.1"),
        ("initial_delay_seconds", "1e-7"),
        ("initial_delay_seconds", "0.000000000000000000000000000001"),
        ("factor", "1.1"),
        ("factor", "1.23456789012345678901"),
        ("factor", "1e1"),
        ("max_delay_seconds", "2591999.9999"),
        ("max_delay_seconds", "300.00000000000000000001"),
        ("jitter", "0.3"),
        ("jitter", "0.1000000000000000055511151231257827"),
        ("jitter", "1e-300"),
    ] {
        let answer =
            app.post_text("/v1/jobs", format!(r#"{{"type": "a", "retry": {{"{field}": {number}}}}}"#)).await;
        stored_or_refused(&answer, number, &format!("/retry/{field}"), |job| {
            text_of(&text_of(job, "retry"), field)
        });
    }
    app.finish().await;
}

#[tokio::test]
async fn the_numbers_of_progress_are_stored_exactly_or_refused() {
    let app = TestApp::start().await;
    app.submit(json!([job("a", json!({"lease_seconds": 600}))])).await;
    let task = app.lease("a").await;
    let path = format!("/v1/tasks/{}", id(&task));
    for number in [
        "9007199254740993",
        "18446744073709551616",
        "0.1",
        "1e400",
        "1e15",
        "0.30000000000000000001",
        "12345678901234567890.5",
    ] {
        let body =
            format!(r#"{{"lease_token": {}, "current": {number}, "total": 1e30}}"#, task["lease_token"]);
        let answer = app.post_text(&format!("{path}/progress"), body).await;
        if answer.status == 422 {
            let refused = answer.invalid();
            assert!(
                refused.iter().all(|pointer| pointer == "/current" || pointer == "/total"),
                "{refused:?}"
            );
            continue;
        }
        answer.expect(200);
        let shown = text_of(&app.get(&path).await.raw("progress"), "current");
        assert!(same_number(number, &shown), "{number} came back as {shown}");
    }
    app.finish().await;
}

#[tokio::test]
async fn huge_numbers_in_any_field_are_never_an_internal_error() {
    let app = TestApp::start().await;
    let huge = [
        "1e999999999999",
        "-1e999999999999",
        "1e-999999999999",
        &"9".repeat(100_000),
        &format!("0.{}", "1".repeat(100_000)),
    ];
    for number in huge {
        for field in [
            "lease_seconds",
            "timeout_seconds",
            "max_failed_tasks",
            "priority",
            "run_at",
            "metadata",
            "sealed",
        ] {
            let answer = app.post_text("/v1/jobs", format!(r#"{{"type": "a", "{field}": {number}}}"#)).await;
            assert_eq!(answer.invalid(), [format!("/{field}")], "{number:.20}");
        }
        for field in ["max_tasks", "lease_seconds"] {
            let body = format!(r#"{{"types": ["a"], "worker_id": "w", "{field}": {number}}}"#);
            assert_eq!(
                app.post_text("/v1/tasks/dequeue", body).await.invalid(),
                [format!("/{field}")],
                "{number:.20}"
            );
        }
    }
    assert_eq!(app.walk("/v1/pipelines").await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn the_wait_of_a_dequeue_is_bounded_whatever_number_is_sent() {
    let app = TestApp::start().await;
    for wait in ["1e999999999999", "-1e999999999999", "60.0000001", "-0.0000001", "-1"] {
        let body = format!(r#"{{"types": ["a"], "worker_id": "w", "wait_seconds": {wait}}}"#);
        assert_eq!(app.post_text("/v1/tasks/dequeue", body).await.invalid(), ["/wait_seconds"], "{wait}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_metric_is_a_number_that_is_stored_or_refused() {
    let app = TestApp::start().await;
    for number in ["1.5", "0", "-3", "9007199254740993", "1e400", "1e100000"] {
        app.submit(json!([job("a", json!({}))])).await;
        let task = app.lease("a").await;
        let path = format!("/v1/tasks/{}/complete", id(&task));
        let body =
            format!(r#"{{"lease_token": {}, "metrics": {{"cpu_seconds": {number}}}}}"#, task["lease_token"]);
        let answer = app.post_text(&path, body).await;
        if answer.status == 422 {
            assert_eq!(answer.invalid(), ["/metrics/cpu_seconds"], "{number}");
            app.complete(&task).await;
        } else {
            answer.expect(200);
        }
    }
    app.finish().await;
}
