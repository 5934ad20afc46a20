//! Tables: a row is a line, and no id and no time is broken.

use serde_json::{Value, json};

use super::answers::{self, KEY, LONG, ONE, TRACE, TWO, page};
use super::{both, on_terminal, server};
use crate::verbs::{said, windlass};

const AT: &str = "2026-11-22T20:00:00Z";

/// A list of each kind, with texts that are longer than any line.
fn lists() -> Vec<(&'static [&'static str], &'static str, Vec<Value>)> {
    let key = |id: &str| {
        json!({"id": id, "name": LONG, "scopes": ["read", "work"], "types": [KEY], "prefix": "wl_AAAAAAAA",
               "max_requests_per_second": 50, "created_at": AT, "created_by": LONG, "expires_at": AT, "last_used_at": AT,
               "rotated_at": null, "overlap_until": null, "previous_prefix": null, "revoked_at": AT, "reason": null})
    };
    let webhook = |id: &str| {
        json!({"id": id, "url": format!("https://hooks.example/{KEY}"), "events": ["pipeline.failed", "job.*"], "filter": {},
               "format": "standard", "description": LONG, "paused": true, "reason": null, "created_at": AT, "created_by": null,
               "updated_at": AT, "last_delivered_at": AT, "failing_since": null, "pending": 3, "overflowed": 0})
    };
    let outcome = |id: &str| {
        json!({"id": id, "at": AT, "subject": LONG, "kind": "annotate", "disposition": "failed", "reason": LONG, "version": null,
               "detail": null, "type": "a", "pipeline_id": ONE, "job_id": ONE, "task_id": id, "attempt": 1, "worker_id": "w"})
    };
    let error = |id: &str| json!({"category": "data_error", "message": LONG, "count": 7, "newest_at": AT, "task_id": id});
    vec![
        (
            &["pipeline", "list"][..],
            "/v1/pipelines",
            [ONE, TWO].map(|id| answers::pipeline(id, LONG, "running", &[])).to_vec(),
        ),
        (
            &["job", "list"][..],
            "/v1/jobs",
            [ONE, TWO].map(|id| answers::job(id, KEY, "failed", [0, 0, 3, 1])).to_vec(),
        ),
        (&["task", "list"][..], "/v1/tasks", [ONE, TWO].map(|id| answers::task(id, "failed")).to_vec()),
        (&["key", "list"][..], "/v1/keys", [ONE, TWO].map(key).to_vec()),
        (&["webhook", "list"][..], "/v1/webhooks", [ONE, TWO].map(webhook).to_vec()),
        (&["outcomes", "list", "--subject", "x"][..], "/v1/outcomes", [ONE, TWO].map(outcome).to_vec()),
        (
            &["job", "errors", ONE][..],
            "/v1/jobs/0194aaaa-1111-7000-8000-000000000001/errors",
            [ONE, TWO].map(error).to_vec(),
        ),
    ]
}

#[tokio::test]
async fn a_row_is_a_line_with_short_ids_and_times_from_now() {
    for (arguments, at, items) in lists() {
        let server = server([(at, page(&items))]).await;
        for shown in both(&server, arguments).await {
            assert_eq!(
                (shown.code, shown.text().lines().count()),
                (Some(0), 3),
                "{arguments:?}\n{}",
                shown.text()
            );
            shown.assert_fits();
            shown.has("0194aaaa…").has("0194bbbb…").has_not(ONE).has(" ago").has_not(AT);
        }
    }
}

#[tokio::test]
async fn whole_ids_and_times_are_shown_where_they_are_asked_for_and_where_nobody_looks() {
    for (arguments, at, items) in lists() {
        let server = server([(at, page(&items))]).await;
        let wide = on_terminal(80, Some(&server), &[arguments, &["--wide"]].concat()).await;
        wide.has(ONE).has(TWO).has(AT).has_not("…");
        let piped = windlass(&server, arguments, "").await;
        let piped = said(&piped.stdout);
        assert!(piped.contains(ONE) && piped.contains(AT) && !piped.contains('…'), "{piped}");
        assert_eq!(piped.lines().count(), 3, "{piped}");
    }
}

#[tokio::test]
async fn queues_and_workers_fit_on_their_lines() {
    let queue = json!({"type": KEY, "paused": true, "max_running": 1_000_000, "queued": 1_234_567, "scheduled": 7, "running": 9,
                       "oldest_queued_seconds": 12345.678, "workers": 12, "reason": LONG, "paused_by": "ops", "paused_at": AT});
    let worker = json!({"id": LONG, "types": [KEY, "b"], "running": 7, "last_seen_at": AT});
    let server = server([("/v1/queues", page(&[queue])), ("/v1/workers", page(&[worker]))]).await;
    for arguments in [&["queue", "list"][..], &["workers"]] {
        for shown in both(&server, arguments).await {
            shown.assert_fits();
            assert_eq!((shown.code, shown.text().lines().count()), (Some(0), 2), "{}", shown.text());
        }
    }
}

#[tokio::test]
async fn tracebacks_are_below_the_table_and_not_in_it() {
    let attempt = json!({"number": 1, "worker_id": "host-1", "started_at": AT, "ended_at": AT, "outcome": "failed",
                         "error": answers::error(), "metrics": null, "detail": null});
    let at = format!("/v1/tasks/{ONE}/attempts");
    let events = json!({"items": [], "next_cursor": "e"});
    let server = server([(&at, page(&[attempt])), ("/v1/events", events)]).await;
    for shown in both(&server, &["task", "attempts", ONE]).await {
        shown.assert_fits();
        shown.has("data_error: cannot read").has(TRACE);
        let table = shown.text().split("\n\n").next().unwrap().to_owned();
        assert!(table.lines().count() == 2 && !table.contains("Traceback"), "{table}");
    }
}

#[tokio::test]
async fn a_list_says_where_it_is_cut_and_where_it_is_empty() {
    let pipelines = [ONE, TWO].map(|id| answers::pipeline(id, "n", "running", &[]));
    let many = server([("/v1/pipelines", page(&pipelines))]).await;
    for shown in both(&many, &["pipeline", "list", "--limit", "1"]).await {
        shown.has("these are the first 1, and there are more: --limit 10").has_not("0194bbbb");
    }
    for shown in both(&many, &["pipeline", "list", "--limit", "2"]).await {
        shown.has_not("there are more");
    }
    let none = server(
        ["/v1/pipelines", "/v1/jobs", "/v1/tasks", "/v1/queues", "/v1/keys"].map(|at| (at, page(&[]))),
    )
    .await;
    for (list, what) in [
        ("pipeline", "no pipelines"),
        ("job", "no jobs"),
        ("task", "no tasks"),
        ("queue", "no queues"),
        ("key", "no keys"),
    ] {
        let shown = on_terminal(80, Some(&none), &[list, "list"]).await;
        assert_eq!((shown.text().trim(), shown.code), (what, Some(0)));
    }
}

#[tokio::test]
async fn what_clients_wrote_does_not_steer_the_terminal() {
    let name = "red \u{1b}[31m and\u{7} gone\nsecond line";
    let server = server([("/v1/pipelines", page(&[answers::pipeline(ONE, name, "running", &[])]))]).await;
    for shown in both(&server, &["pipeline", "list"]).await {
        assert!(!shown.raw.contains('\u{1b}') && !shown.raw.contains('\u{7}'), "{:?}", shown.raw);
        assert_eq!(shown.text().lines().count(), 2, "{}", shown.text());
    }
}
