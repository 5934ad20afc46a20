//! Joins: the last parent opens the child, however the parents end.

use windlass_domain::{Directive, JobState, PipelineState, When};
use windlass_store::testing::TestDatabase;

use crate::support::{after, complete, completions, create, dequeue, fail, job, pipeline, read};

fn parents(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("p{n}")).collect()
}

fn fan_in(count: usize) -> Vec<windlass_store::NewJob> {
    let keys = parents(count);
    let edges: Vec<(&str, When)> = keys.iter().map(|key| (key.as_str(), When::Succeeded)).collect();
    keys.iter().map(|key| job(key)).chain([after("join", &edges)]).collect()
}

/// `unmet = unmet - 1` from each of two parents in one statement counts one.
#[tokio::test]
async fn two_parents_ending_in_one_batch_count_twice() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (created, _) = create(&store, pipeline(fan_in(2))).await;
    let leased = dequeue(&store, 2).await;
    for answer in store.report(&completions(&leased)).await.unwrap() {
        answer.unwrap();
    }
    assert_eq!(read(&store, created.id).await.1[2].state, JobState::Queued);
    database.finish().await;
}

#[tokio::test]
async fn a_thousand_parallel_completions_open_their_join_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..2 {
        let (created, _) = create(&store, pipeline(fan_in(999))).await;
        let mut leased = Vec::new();
        while leased.len() < 999 {
            leased.extend(dequeue(&store, 100).await);
        }
        // As many at once as there are connections.
        let reporters: Vec<_> = leased
            .chunks(100)
            .map(|share| {
                let (store, share) = (store.clone(), share.to_vec());
                tokio::spawn(async move {
                    for task in share {
                        complete(&store, &task).await.unwrap();
                    }
                })
            })
            .collect();
        for reporter in reporters {
            reporter.await.unwrap();
        }
        let join = dequeue(&store, 2).await;
        assert_eq!(join.len(), 1);
        complete(&store, &join[0]).await.unwrap();
        assert_eq!(read(&store, created.id).await.0.state, PipelineState::Succeeded);
    }
    database.finish().await;
}

/// Jobs that fail at once while others of the pipeline report: `fail_fast` needs all jobs in order, and gets them.
#[tokio::test]
async fn fail_fast_in_the_middle_of_reports_leaves_nothing_half_done() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for _ in 0..5 {
        let mut new = pipeline(fan_in(30));
        new.fail_fast = true;
        new.jobs.push(after("cleanup", &[("join", When::Always)]));
        let (created, _) = create(&store, new).await;
        let leased = dequeue(&store, 20).await;
        let reports: Vec<_> = leased
            .into_iter()
            .enumerate()
            .map(|(n, task)| {
                let store = store.clone();
                tokio::spawn(async move {
                    let _lost_or_not = if n % 4 == 3 {
                        fail(&store, &task, Directive::Never).await
                    } else {
                        complete(&store, &task).await
                    };
                })
            })
            .collect();
        for report in reports {
            report.await.unwrap();
        }
        let cleanup = dequeue(&store, 100).await;
        assert_eq!(cleanup.iter().map(|task| task.job_key.as_str()).collect::<Vec<_>>(), ["cleanup"]);
        complete(&store, &cleanup[0]).await.unwrap();
        assert_eq!(read(&store, created.id).await.0.state, PipelineState::Failed);
    }
    database.finish().await;
}
