//! `windlass outcomes` against a server that answers as each test says.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::verbs::{ID, said, windlass};

fn outcome(subject: &str) -> Value {
    json!({"id": ID, "at": "2026-11-22T20:00:00Z", "subject": subject, "kind": "annotate", "disposition": "failed",
           "reason": "no such gene", "version": null, "detail": null, "type": "a", "pipeline_id": ID, "job_id": ID, "task_id": ID,
           "attempt": 1, "worker_id": "w"})
}

#[tokio::test]
async fn a_list_is_asked_for_with_its_filters_over_all_pages() {
    let server = MockServer::start().await;
    let list = || {
        Mock::given(method("GET"))
            .and(path("/v1/outcomes"))
            .and(query_param("job_id", ID))
            .and(query_param("disposition", "failed"))
            .and(query_param("current", "true"))
    };
    let page = |items: Value, next: Value| {
        ResponseTemplate::new(200).set_body_json(json!({"items": items, "next_cursor": next}))
    };
    let first = list().and(query_param_is_missing("cursor"));
    first.respond_with(page(json!([outcome("variant-1")]), json!("o1"))).expect(1).mount(&server).await;
    // A page may be empty while its cursor goes on.
    list()
        .and(query_param("cursor", "o1"))
        .respond_with(page(json!([]), json!("o2")))
        .expect(1)
        .mount(&server)
        .await;
    let third = list().and(query_param("cursor", "o2"));
    third.respond_with(page(json!([outcome("variant-2")]), json!(null))).expect(1).mount(&server).await;
    let arguments = ["outcomes", "list", "--job", ID, "--disposition", "failed", "--current"];
    let output = windlass(&server, &arguments, "").await;
    let (table, error) = (said(&output.stdout), said(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{error}");
    for shown in ["variant-1", "variant-2", "annotate", "no such gene"] {
        assert!(table.contains(shown), "{table}");
    }
}

#[tokio::test]
async fn a_list_of_nothing_in_particular_is_refused_before_it_is_asked_for() {
    let server = MockServer::start().await;
    let output = windlass(&server, &["outcomes", "list", "--disposition", "failed"], "").await;
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output.stderr).contains("--subject"), "{}", said(&output.stderr));
}

#[tokio::test]
async fn a_removal_shows_what_it_hits_and_asks() {
    for (arguments, times) in
        [(&["outcomes", "delete", "a b"][..], 0), (&["outcomes", "delete", "a b", "--yes"], 1)]
    {
        let server = MockServer::start().await;
        let of_subject = |verb: &str| {
            Mock::given(method(verb)).and(path("/v1/outcomes")).and(query_param("subject", "a b"))
        };
        let newest = json!({"items": [outcome("a b")], "next_cursor": null});
        of_subject("GET").respond_with(ResponseTemplate::new(200).set_body_json(newest)).mount(&server).await;
        let removed = ResponseTemplate::new(200).set_body_json(json!({"removed": 3}));
        of_subject("DELETE").respond_with(removed).expect(times).mount(&server).await;
        let output = windlass(&server, arguments, "").await;
        assert!(said(&output.stderr).contains("no such gene"), "{}", said(&output.stderr));
        if times == 1 {
            assert_eq!((output.status.code(), said(&output.stdout).trim()), (Some(0), "3 removed"));
        } else {
            assert_eq!(output.status.code(), Some(1));
        }
    }
}
