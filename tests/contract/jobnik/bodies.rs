//! Bodies that are missing, of another type, no objects or too large: every call that takes one says so, and changes nothing.

use reqwest::Method;
use serde_json::Value;
use windlass_tests::{Answer, id};

use super::support::{Jobnik, V1, invalid, refused};

/// Things that calls with bodies are made on, as they are before and after.
struct Things {
    jobnik: Jobnik,
    calls: Vec<(Method, String)>,
    shown: Vec<(&'static str, Value)>,
}

impl Things {
    async fn make() -> Self {
        let jobnik = Jobnik::start().await;
        let (job, stage) = jobnik.running("resize", 2).await;
        let task = jobnik.dequeue("resize").await;
        let waiting = jobnik.job("tiles").await;
        let open = jobnik.stage(&waiting, "merge").await;
        let calls = vec![
            (Method::POST, format!("{V1}/jobs")),
            (Method::POST, format!("{V1}/jobs/{}/stage", id(&job))),
            (Method::POST, format!("{V1}/stages/{}/tasks", id(&open))),
            (Method::PATCH, format!("{V1}/jobs/{}/user-metadata", id(&job))),
            (Method::PATCH, format!("{V1}/stages/{}/user-metadata", id(&stage))),
            (Method::PATCH, format!("{V1}/tasks/{}/user-metadata", id(&task))),
            (Method::PATCH, format!("{V1}/jobs/{}/priority", id(&job))),
            (Method::PUT, format!("{V1}/jobs/{}/status", id(&job))),
            (Method::PUT, format!("{V1}/stages/{}/status", id(&stage))),
            (Method::PUT, format!("{V1}/tasks/{}/status", id(&task))),
        ];
        let mut shown = Vec::new();
        for (kind, thing) in
            [("jobs", &job), ("stages", &stage), ("tasks", &task), ("jobs", &waiting), ("stages", &open)]
        {
            shown.push((kind, jobnik.get(kind, thing).await));
        }
        Self { jobnik, calls, shown }
    }

    /// Sends this to each call, with this type if any.
    async fn send(&self, media: Option<&str>, body: &str) -> Vec<Answer> {
        let mut answers = Vec::new();
        for (method, path) in &self.calls {
            let request = self.jobnik.0.request(method.clone(), path);
            let request =
                media.into_iter().fold(request, |request, media| request.header("content-type", media));
            answers.push(self.jobnik.0.send(request.body(body.to_owned())).await);
        }
        answers
    }

    async fn are_as_they_were(self) {
        for (kind, before) in &self.shown {
            assert_eq!(self.jobnik.get(kind, before).await, *before);
        }
        let jobs = self.jobnik.0.get(&format!("{V1}/jobs")).await.expect(200);
        assert_eq!(jobs.as_array().unwrap().len(), 2);
        self.jobnik.0.finish().await;
    }
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn a_stray_request_without_a_body_is_400_whatever_type_it_says() {
    let things = Things::make().await;
    for media in [JSON, None, Some("text/plain")] {
        for answer in things.send(media, "").await {
            assert_eq!(invalid(&answer), "request must have required property 'body'");
        }
    }
    things.are_as_they_were().await;
}

#[tokio::test]
async fn what_is_no_json_of_the_right_kind_is_400() {
    let things = Things::make().await;
    for body in ["{", "null", "1", "\"PENDING\"", "true", "[[]]", "{}{}", "{\"status\":}", "\u{feff}{}"] {
        for answer in things.send(JSON, body).await {
            assert!(!invalid(&answer).is_empty(), "{body}");
        }
    }
    things.are_as_they_were().await;
}

#[tokio::test]
async fn another_type_of_body_is_415_and_says_which() {
    let things = Things::make().await;
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"] {
        for answer in things.send(Some(media), "{\"status\":\"PAUSED\"}").await {
            refused(&answer, 415, "UNKNOWN_ERROR", &format!("unsupported media type {media}"));
        }
    }
    for answer in things.send(None, "{}").await {
        refused(&answer, 415, "UNKNOWN_ERROR", "media type not specified");
    }
    things.are_as_they_were().await;
}

#[tokio::test]
async fn a_body_of_more_than_16_mebibytes_is_413() {
    let things = Things::make().await;
    let long = " ".repeat(16 * 1_048_576 + 1);
    for answer in things.send(JSON, &long).await {
        refused(&answer, 413, "UNKNOWN_ERROR", "request entity too large");
    }
    // At the limit it is read: it is all spaces.
    for answer in things.send(JSON, &long[1..]).await {
        invalid(&answer);
    }
    things.are_as_they_were().await;
}

#[tokio::test]
async fn no_call_with_a_body_takes_a_parameter() {
    let things = Things::make().await;
    for (method, path) in &things.calls {
        let request = things.jobnik.0.request(method.clone(), &format!("{path}?dry_run=true"));
        let request = request.header("content-type", "application/json").body("{}");
        assert_eq!(invalid(&things.jobnik.0.send(request).await), "Unknown query parameter 'dry_run'");
    }
    things.are_as_they_were().await;
}

#[tokio::test]
async fn a_type_with_a_charset_and_what_the_sdk_sends_beside_are_taken() {
    let jobnik = Jobnik::start().await;
    let request = jobnik.0.request(Method::POST, &format!("{V1}/jobs"));
    let request = request.header("content-type", "application/json; charset=utf-8");
    jobnik.0.send(request.body(r#"{"name":"tiles","data":{}}"#)).await.expect(201);
    jobnik.running("resize", 1).await;
    let request = jobnik.0.request(Method::PATCH, &format!("{V1}/stages/resize/tasks/dequeue"));
    let request = request
        .header("content-type", "application/json")
        .header("content-length", "0")
        .header("accept-encoding", "gzip, deflate")
        .header("x-jobnik-request-key", "PATCH:/v1/stages/resize/tasks/dequeue:1700000000000");
    let answer = jobnik.0.send(request).await;
    assert_eq!(answer.expect(200)["status"], "IN_PROGRESS");
    jobnik.0.finish().await;
}
