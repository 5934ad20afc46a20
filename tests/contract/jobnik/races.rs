//! With real threads: abort against dequeue, stages posted at once, tasks added against the first dequeue.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;
use windlass_tests::id;

use super::support::{Jobnik, V1, illegal};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_abort_never_loses_its_race_with_a_dequeue() {
    five_hundred_aborts("first").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_abort_never_loses_its_race_with_a_dequeue_in_five_hundred_rounds_more() {
    five_hundred_aborts("second").await;
}

/// 125 rounds of four races at a time, each of a type of its own.
async fn five_hundred_aborts(name: &str) {
    let jobnik = Arc::new(Jobnik::start().await);
    for round in 0..125 {
        let mut running = JoinSet::new();
        for lane in 0..4 {
            let (jobnik, kind) = (Arc::clone(&jobnik), format!("{name}-{round}-{lane}"));
            running.spawn(async move { race(&jobnik, &kind).await });
        }
        running.join_all().await;
    }
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

/// An abort and a dequeue at once.
async fn race(jobnik: &Jobnik, kind: &str) {
    let (job, stage) = jobnik.running(kind, 2).await;
    let (aborted, taken) = tokio::join!(jobnik.put_job(&job, "ABORTED"), jobnik.try_dequeue(kind));
    aborted.expect(200);
    // What came too late was never handed out, and what was handed out shows so.
    let tasks = jobnik.0.get(&format!("{V1}/stages/{}/tasks", id(&stage))).await.expect(200);
    let running = tasks.as_array().unwrap().iter().filter(|task| task["status"] == "IN_PROGRESS").count();
    assert_eq!(running, usize::from(taken.status == 200), "{kind}");
    if taken.status == 200 {
        let refused = jobnik.report(&taken.expect(200), "COMPLETED").await.expect(400);
        assert_eq!(refused["code"], "ILLEGAL_JOB_STATUS_TRANSITION");
    }
    jobnik.expect_nothing(kind).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_are_unique_and_without_a_gap_however_many_stages_are_posted_at_once() {
    let jobnik = Arc::new(Jobnik::start().await);
    let job = jobnik.job("tiles").await;
    let mut orders = Vec::new();
    for _ in 0..8 {
        let mut posting = JoinSet::new();
        for _ in 0..5 {
            let (jobnik, job) = (Arc::clone(&jobnik), job.clone());
            posting.spawn(async move { jobnik.stage(&job, "resize").await["order"].as_u64().unwrap() });
        }
        orders.extend(posting.join_all().await);
    }
    orders.sort_unstable();
    assert_eq!(orders, (1..=40).collect::<Vec<_>>());
    let stages = jobnik.0.get(&format!("{V1}/jobs/{}/stages", id(&job))).await.expect(200);
    let listed: Vec<u64> =
        stages.as_array().unwrap().iter().map(|stage| stage["order"].as_u64().unwrap()).collect();
    assert_eq!(listed, orders);
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stage_is_added_or_refused_when_the_job_ends_at_the_same_moment() {
    let jobnik = Arc::new(Jobnik::start().await);
    for round in 0..20 {
        let kind = format!("last-{round}");
        let (job, _) = jobnik.running(&kind, 1).await;
        let task = jobnik.dequeue(&kind).await;
        let new = json!({"type": kind, "data": {}});
        let (done, added) = tokio::join!(jobnik.report(&task, "COMPLETED"), jobnik.stage_with(&job, new));
        done.expect(200);
        let expected = if added.status == 201 {
            "IN_PROGRESS COMPLETED PENDING"
        } else {
            assert_eq!(added.expect(400)["code"], "JOB_IN_FINITE_STATE");
            "COMPLETED COMPLETED"
        };
        assert_eq!(jobnik.statuses(&job).await, expected);
    }
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_are_never_added_to_a_stage_that_has_begun() {
    let jobnik = Arc::new(Jobnik::start().await);
    for round in 0..40 {
        let kind = format!("add-{round}");
        let (_, stage) = jobnik.running(&kind, 1).await;
        let new = || jobnik.add_tasks(&stage, json!([{"data": {}}, {"data": {}}]));
        let (taken, first, second) = tokio::join!(jobnik.try_dequeue(&kind), new(), new());
        taken.expect(200);
        let mut total = 1;
        for answer in [first, second] {
            if answer.status == 201 {
                total += 2;
            } else {
                assert_eq!(answer.expect(400)["code"], "NOT_ALLOWED_TO_ADD_TASKS_TO_IN_PROGRESS_STAGE");
            }
        }
        let stage = jobnik.get("stages", &stage).await;
        assert_eq!(stage["summary"]["total"], total);
        assert_eq!(jobnik.add_tasks(&stage, json!([{"data": {}}])).await.status, 400);
    }
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_task_is_handed_out_once_and_reported_once_by_many_workers() {
    let jobnik = Arc::new(Jobnik::start().await);
    let (job, stage) = jobnik.running("resize", 200).await;
    let mut working = JoinSet::new();
    for _ in 0..16 {
        let jobnik = Arc::clone(&jobnik);
        working.spawn(async move {
            let mut taken = Vec::new();
            loop {
                let answer = jobnik.try_dequeue("resize").await;
                if answer.status == 404 {
                    return taken;
                }
                let task = answer.expect(200);
                let (first, second) =
                    tokio::join!(jobnik.report(&task, "COMPLETED"), jobnik.report(&task, "COMPLETED"));
                assert_eq!(
                    (first.expect(200)["status"].clone(), second.expect(200)["status"].clone()),
                    ("COMPLETED".into(), "COMPLETED".into())
                );
                taken.push(id(&task).to_owned());
            }
        });
    }
    let mut taken = working.join_all().await.concat();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), 200);
    assert_eq!(jobnik.summary(&stage).await, "total 200, completed 200");
    assert_eq!(jobnik.statuses(&job).await, "COMPLETED COMPLETED");
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_report_and_an_abort_at_once_come_one_after_the_other() {
    let jobnik = Arc::new(Jobnik::start().await);
    for round in 0..60 {
        let kind = format!("ends-{round}");
        // Of one task the report ends the job, of two it does not.
        let (job, _) = jobnik.running(&kind, 1 + round % 2).await;
        let task = jobnik.dequeue(&kind).await;
        let (done, aborted) =
            tokio::join!(jobnik.report(&task, "COMPLETED"), jobnik.put_job(&job, "ABORTED"));
        let shown = (jobnik.get("jobs", &job).await["status"].clone(), jobnik.task_status(&task).await);
        match (done.status, aborted.status) {
            (200, 200) => {
                assert_eq!((shown.0, shown.1.as_str(), round % 2), ("ABORTED".into(), "COMPLETED", 1));
            }
            (200, 400) => {
                illegal(&aborted, "JOB", "COMPLETED", "ABORTED");
                assert_eq!((shown.0, shown.1.as_str()), ("COMPLETED".into(), "COMPLETED"));
            }
            (400, 200) => {
                illegal(&done, "JOB", "ABORTED", "COMPLETED");
                assert_eq!((shown.0, shown.1.as_str()), ("ABORTED".into(), "IN_PROGRESS"));
            }
            _ => panic!("{done:?} {aborted:?}"),
        }
    }
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_different_reports_at_once_one_counts() {
    let jobnik = Arc::new(Jobnik::start().await);
    for round in 0..40 {
        let kind = format!("either-{round}");
        let (job, _) = jobnik.running(&kind, 1).await;
        let task = jobnik.dequeue(&kind).await;
        let (done, failed) = tokio::join!(jobnik.report(&task, "COMPLETED"), jobnik.report(&task, "FAILED"));
        let (counted, refused, status) =
            if done.status == 200 { (done, failed, "COMPLETED") } else { (failed, done, "FAILED") };
        assert_eq!(counted.expect(200)["status"], status);
        assert_eq!(refused.expect(400)["code"], "ILLEGAL_TASK_STATUS_TRANSITION");
        assert_eq!(jobnik.statuses(&job).await, format!("{status} {status}"));
    }
    Arc::into_inner(jobnik).unwrap().0.finish().await;
}
