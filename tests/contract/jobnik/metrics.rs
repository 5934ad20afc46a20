//! `/jobnik/metrics` and `/jobnik/service-metrics`.

use serde_json::json;
use windlass_tests::id;

use super::support::{Jobnik, V1};

#[track_caller]
fn has(text: &str, line: &str) {
    assert!(text.lines().any(|written| written == line), "{line}\n{text}");
}

async fn counts(jobnik: &Jobnik) -> String {
    jobnik.0.get("/jobnik/service-metrics").await.has(200).text.clone()
}

#[tokio::test]
async fn tasks_stages_and_jobs_are_counted_by_status() {
    let jobnik = Jobnik::start().await;
    let job = jobnik.job_with(json!({"name": "tiles", "data": {}, "priority": "VERY_HIGH"})).await;
    let stage = jobnik.stage(&job, "resize").await;
    jobnik.tasks(&stage, 4, 2).await;
    jobnik.stage(&job, "merge").await;
    let (done, retried, _) =
        (jobnik.dequeue("resize").await, jobnik.dequeue("resize").await, jobnik.dequeue("resize").await);
    jobnik.complete(&done).await;
    jobnik.fail(&retried).await;
    // What natives make is not counted here.
    jobnik.0.submit(json!([{"key": "a", "type": "resize"}])).await;
    let text = counts(&jobnik).await;
    for (status, tasks) in
        [("PENDING", 1), ("IN_PROGRESS", 1), ("COMPLETED", 1), ("RETRIED", 1), ("FAILED", 0), ("CREATED", 0)]
    {
        has(
            &text,
            &format!("jobnik_tasks_by_status{{task_status=\"{status}\",stage_type=\"resize\"}} {tasks}"),
        );
    }
    has(&text, "jobnik_stages_by_status{stage_status=\"IN_PROGRESS\",stage_type=\"resize\"} 1");
    has(&text, "jobnik_stages_by_status{stage_status=\"CREATED\",stage_type=\"merge\"} 1");
    has(&text, "jobnik_jobs_by_status{job_status=\"IN_PROGRESS\"} 1");
    has(&text, "jobnik_jobs_by_status{job_status=\"ABORTED\"} 0");
    has(
        &text,
        "jobnik_tasks_count{stage_type=\"resize\",priority=\"Very-High\",task_status=\"In-Progress\"} 1",
    );

    let path = format!("{V1}/jobs/{}/priority", id(&job));
    jobnik.0.patch(&path, json!({"priority": "VERY_LOW"})).await.expect(200);
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    let text = counts(&jobnik).await;
    has(&text, "jobnik_tasks_count{stage_type=\"resize\",priority=\"Very-Low\",task_status=\"Retried\"} 1");
    has(&text, "jobnik_jobs_by_status{job_status=\"ABORTED\"} 1");
    jobnik.0.finish().await;
}

#[tokio::test]
async fn what_is_deleted_counts_no_more() {
    let jobnik = Jobnik::start().await;
    let (job, _) = jobnik.running("resize", 3).await;
    let (other, _) = jobnik.running("resize", 1).await;
    jobnik.dequeue("resize").await;
    jobnik.put_job(&job, "ABORTED").await.expect(200);
    jobnik.0.delete(&format!("{V1}/jobs/{}", id(&job))).await.expect(200);
    let text = counts(&jobnik).await;
    has(&text, "jobnik_tasks_by_status{task_status=\"PENDING\",stage_type=\"resize\"} 1");
    has(&text, "jobnik_tasks_by_status{task_status=\"IN_PROGRESS\",stage_type=\"resize\"} 0");
    has(&text, "jobnik_stages_by_status{stage_status=\"PENDING\",stage_type=\"resize\"} 1");
    has(&text, "jobnik_jobs_by_status{job_status=\"ABORTED\"} 0");
    jobnik.put_job(&other, "ABORTED").await.expect(200);
    jobnik.0.delete(&format!("{V1}/jobs/{}", id(&other))).await.expect(200);
    assert!(!counts(&jobnik).await.contains("resize"));
    jobnik.0.finish().await;
}

#[tokio::test]
async fn calls_are_timed_by_status_method_and_operation() {
    let jobnik = Jobnik::start().await;
    jobnik.job("tiles").await;
    jobnik.expect_nothing("resize").await;
    let text = jobnik.0.get("/jobnik/metrics").await.has(200).text.clone();
    has(
        &text,
        "http_request_duration_seconds_count{status_code=\"201\",method=\"POST\",operation=\"createJobV1\"} 1",
    );
    has(
        &text,
        "http_request_duration_seconds_count{status_code=\"404\",method=\"PATCH\",operation=\"dequeueTaskV1\"} 1",
    );
    assert!(text.contains("windlass_http_requests_total") && !text.contains("nodejs_"));
    let native = jobnik.0.get("/metrics").await.has(200).text.clone();
    assert!(!native.contains("http_request_duration_seconds_count{status_code"));
    jobnik.0.finish().await;
}
