//! Completions by the one statement, and by the way of all reports: the same answers, the same traces.

use sqlx::{AssertSqlSafe, Connection};
use windlass_domain::{Directive, JobKey, JobState, Json, TaskState};
use windlass_store::testing::TestDatabase;
use windlass_store::{AddTasks, Complete, Error, LeasedTask, NewJob, NewTask, Progress, Store, Task};

use crate::support::{complete, completion, create, dequeue, fail, job, pipeline, with_tasks};

/// Everything that is stored beneath a job, but ids, times and tokens.
const STORED: &str = "SELECT jsonb_build_object(
    'job', (SELECT to_jsonb(j) FROM jobs j WHERE j.id = $1),
    'tasks', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM tasks t WHERE t.job_id = $1),
    'leases', (SELECT count(*) FROM leases l WHERE l.job_id = $1),
    'outcomes', (SELECT jsonb_agg(to_jsonb(o)) FROM task_outcomes o JOIN tasks t ON t.id = o.task_id WHERE t.job_id = $1),
    'attempts', (SELECT jsonb_agg(to_jsonb(a)) FROM attempts a JOIN tasks t ON t.id = a.task_id WHERE t.job_id = $1),
    'events', (SELECT jsonb_agg(to_jsonb(e) ORDER BY e.number) FROM events e WHERE e.job_id = $1)
)";

async fn stored(database: &TestDatabase, job: uuid::Uuid) -> String {
    let query = sqlx::query_scalar::<_, serde_json::Value>(AssertSqlSafe(STORED)).bind(job);
    let mut connection = database.connect().await;
    let stored = query.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    blanked(stored).to_string()
}

/// Without what differs between any two tasks.
fn blanked(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let differs = name.ends_with("_at") || name.ends_with("id") && name != "worker_id";
                let differs = differs
                    || ["at", "number", "token", "position", "head", "opened_position"]
                        .contains(&name.as_str());
                let blank = serde_json::Value::Bool(!value.is_null());
                (name, if differs { blank } else { blanked(value) })
            })
            .collect(),
        serde_json::Value::Array(items) => items.into_iter().map(blanked).collect(),
        other => other,
    }
}

fn shown(task: &Task) -> String {
    let blank = uuid::Uuid::nil();
    let ended = task.ended_at.map(|_| chrono::DateTime::UNIX_EPOCH);
    let bare = Task {
        id: blank,
        job_id: blank,
        pipeline_id: blank,
        created_at: chrono::DateTime::UNIX_EPOCH,
        started_at: task.started_at.map(|_| chrono::DateTime::UNIX_EPOCH),
        ended_at: ended,
        ..task.clone()
    };
    format!("{bare:?}")
}

#[tokio::test]
async fn a_completion_means_the_same_whether_it_is_one_statement_or_a_transaction() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut seen = Vec::new();
    for at_once in [true, false] {
        let payload = Some(Json::from_checked("[1.50]".to_owned()));
        let tasks = vec![NewTask { payload: payload.clone(), metadata: None, run_at: None }; 3];
        let (_, jobs) =
            create(&store, pipeline(vec![NewJob { payload, tasks: Some(tasks), ..job("a") }])).await;
        let first = dequeue(&store, 1).await.remove(0);
        fail(&store, &first, Directive::Auto).await.unwrap();
        let leased = dequeue(&store, 3).await;
        let again = leased.iter().find(|task| task.id == first.id).unwrap();
        let progress = Progress {
            id: again.id,
            token: again.lease_token,
            current: 1.0,
            total: Some(4.0),
            message: None,
        };
        store.progress(&[progress]).await.unwrap()[0].as_ref().unwrap();
        store.complete_at_once_if_simple(at_once);
        let metrics = Some(Json::from_checked("{\"cpu_seconds\":1}".to_owned()));
        let done =
            store.complete(&[Complete { metrics, ..completion(again) }]).await.unwrap().remove(0).unwrap();
        assert_eq!(done.result.as_deref(), Some("{\"ok\":true}"));
        assert_eq!(complete(&store, again).await.unwrap().state, TaskState::Succeeded, "a repeat");
        seen.push((shown(&done), stored(&database, jobs[0].id).await));
        store.cancel_job(jobs[0].id, None).await.unwrap();
    }
    assert_eq!(seen[0], seen[1]);
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test]
async fn each_item_of_a_mixed_batch_is_answered_for_itself() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    for at_once in [true, false] {
        let growing = NewJob { sealed: false, ..with_tasks(job("growing"), 3) };
        let (_, jobs) =
            create(&store, pipeline(vec![growing, with_tasks(job("b"), 2), with_tasks(job("c"), 2)])).await;
        let leased = dequeue(&store, 100).await;
        let of =
            |key: &str| -> Vec<&LeasedTask> { leased.iter().filter(|task| task.job_key == key).collect() };
        let (growing, b, c) = (of("growing"), of("b"), of("c"));
        let add = AddTasks {
            job: JobKey::parse("growing").unwrap(),
            tasks: vec![NewTask::default(); 2],
            seal: false,
        };
        let batch = [
            completion(growing[0]),
            Complete { add_tasks: vec![add], ..completion(growing[1]) },
            Complete { token: uuid::Uuid::nil(), ..completion(growing[2]) },
            completion(growing[0]),
            completion(b[0]),
            completion(b[1]),
            completion(c[0]),
            Complete { id: uuid::Uuid::nil(), ..completion(c[1]) },
        ];
        store.complete_at_once_if_simple(at_once);
        let answers = store.complete(&batch).await.unwrap();
        let said: Vec<&str> = answers
            .iter()
            .map(|answer| match answer {
                Ok(task) => task.state.as_str(),
                Err(Error::LeaseLost { .. }) => "lost",
                Err(Error::NotFound(_)) => "unknown",
                Err(_) => "other",
            })
            .collect();
        let ok = "succeeded";
        assert_eq!(said, [ok, ok, "lost", ok, ok, ok, ok, "unknown"]);
        for (report, answer) in batch.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()) {
            assert_eq!(answer.as_ref().unwrap().id, report.id, "in the order asked");
        }
        let states = [
            store.job(jobs[0].id).await.unwrap(),
            store.job(jobs[1].id).await.unwrap(),
            store.job(jobs[2].id).await.unwrap(),
        ];
        assert_eq!(
            states.each_ref().map(|job| job.state),
            [JobState::Running, JobState::Succeeded, JobState::Running]
        );
        assert_eq!(
            (states[0].counts.queued, states[0].counts.running, states[0].counts.succeeded),
            (2, 1, 2)
        );
        store.cancel_pipeline(jobs[0].pipeline_id, None).await.unwrap();
    }
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

#[tokio::test]
async fn a_threshold_left_passed_by_a_retry_is_judged_by_a_simple_completion_too() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 4)])).await;
    let leased = dequeue(&store, 1).await;
    fail(&store, &leased[0], Directive::Never).await.unwrap();
    let filter = windlass_store::TaskFilter {
        job_id: Some(jobs[0].id),
        state: Some(TaskState::Cancelled),
        ..Default::default()
    };
    let paging = windlass_store::Paging { after: None, limit: 2 };
    for task in store.list_tasks(&filter, paging).await.unwrap().items {
        store.retry_task(task.id, None).await.unwrap();
    }
    let back = dequeue(&store, 1).await.remove(0);
    store.complete_at_once_if_simple(true);
    complete(&store, &back).await.unwrap();
    assert_eq!(store.job(jobs[0].id).await.unwrap().state, JobState::Failed);
    while store.settle().await.unwrap().full {}
    database.finish().await;
}

/// Half of the workers try the one statement, half go the way of all reports.
#[tokio::test(flavor = "multi_thread")]
async fn racing_completions_and_dequeues_count_each_task_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("a"), 300), with_tasks(job("b"), 40)])).await;
    let mut workers = tokio::task::JoinSet::new();
    for number in 0..6 {
        workers.spawn(work_off(database.store().await, number % 2 == 0));
    }
    assert_eq!(workers.join_all().await.into_iter().sum::<usize>(), 340);
    for job in jobs {
        assert_eq!(store.job(job.id).await.unwrap().state, JobState::Succeeded);
    }
    database.finish().await;
}

async fn work_off(store: Store, at_once: bool) -> usize {
    let mut done = 0;
    loop {
        let leased = dequeue(&store, 7).await;
        if leased.is_empty() {
            return done;
        }
        store.complete_at_once_if_simple(at_once);
        let batch: Vec<Complete> = leased.iter().map(completion).collect();
        for answer in store.complete(&batch).await.unwrap() {
            answer.unwrap();
            done += 1;
        }
    }
}
