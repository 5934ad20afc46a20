//! A task that is dequeued has a lease.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use windlass_server::Settings;
use windlass_tests::{Answer, TestApp, eventually, id};

use super::support::{Jobnik, V1, illegal, invalid, refused};

async fn report_attempt(jobnik: &Jobnik, task: &Value, status: &str, started: &str) -> Answer {
    let request = jobnik.0.request(Method::PUT, &format!("{V1}/tasks/{}/status", id(task)));
    jobnik.0.send(request.json(&json!({"status": status})).header("x-attempt-started", started)).await
}

#[tokio::test]
async fn a_task_that_is_not_reported_in_time_is_retried_while_attempts_remain() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 2).await;
    for expected in ["RETRIED", "FAILED"] {
        let task = jobnik.dequeue("resize").await;
        jobnik.0.advance(1_795).await;
        assert_eq!(jobnik.task_status(&task).await, "IN_PROGRESS");
        jobnik.0.advance(6).await;
        eventually("the lease ends", async || (jobnik.task_status(&task).await == expected).then_some(()))
            .await;
    }
    assert_eq!(jobnik.statuses(&job).await, "FAILED FAILED");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn the_lease_is_as_long_as_the_setting_says() {
    let settings = Settings {
        jobnik: windlass_server::Jobnik {
            lease: Duration::from_secs(10),
            ..windlass_server::Jobnik::default()
        },
        ..Settings::default()
    };
    let jobnik = Jobnik(TestApp::start_with(settings).await);
    jobnik.running("resize", 1).await;
    let task = jobnik.dequeue("resize").await;
    let native = jobnik.0.get(&format!("/v1/tasks/{}", id(&task))).await.expect(200);
    let (from, to) = (
        windlass_tests::time_of(&native, "started_at"),
        windlass_tests::time_of(&native, "lease_expires_at"),
    );
    assert!((windlass_tests::seconds_between(from, to) - 10.0).abs() < 0.001);
    jobnik.0.abandon().await;
}

#[tokio::test]
async fn a_report_counts_for_the_current_lease_unless_it_names_another_attempt() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 3).await;
    let first = jobnik.dequeue("resize").await;
    jobnik.fail(&first).await;
    jobnik.0.advance(1).await;
    let second = jobnik.dequeue("resize").await;
    let (old, new) = (first["startTime"].as_str().unwrap(), second["startTime"].as_str().unwrap());
    let lost = "TASK_STATUS_UPDATE_FAILED";
    refused(&report_attempt(&jobnik, &second, "COMPLETED", old).await, 409, lost, lost);
    invalid(&report_attempt(&jobnik, &second, "COMPLETED", "yesterday").await);
    let done = report_attempt(&jobnik, &second, "COMPLETED", new).await.expect(200);
    assert_eq!(done["status"], "COMPLETED");
    report_attempt(&jobnik, &second, "COMPLETED", new).await.expect(200);
    refused(&report_attempt(&jobnik, &second, "COMPLETED", old).await, 409, lost, lost);
    jobnik.0.finish().await;
}

#[tokio::test]
async fn a_report_after_the_lease_has_ended_is_illegal() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job("tiles").await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 1, 2).await;
    let task = jobnik.dequeue("resize").await;
    jobnik.0.advance(1_801).await;
    eventually("the lease ends", async || (jobnik.task_status(&task).await == "RETRIED").then_some(())).await;
    illegal(&jobnik.report(&task, "COMPLETED").await, "TASK", "RETRIED", "COMPLETED");
    illegal(&jobnik.report(&task, "FAILED").await, "TASK", "RETRIED", "FAILED");
    jobnik.0.finish().await;
}
