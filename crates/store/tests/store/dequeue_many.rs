//! Dequeues of several types at once: the order of the line holds across them, and what need not be looked at is not.

use std::collections::HashMap;

use uuid::Uuid;
use windlass_domain::{Priority, TypeName, WorkerId};
use windlass_store::testing::TestDatabase;
use windlass_store::{Caller, Dequeue, NewJob, NewPipeline, Store};

use crate::plans::notices::Notices;
use crate::support::{create, job, limited, paused, pipeline, with_tasks};

/// The statement for several types, by a part that no other has.
const MANY: &str = "of_firsts";
/// Rows that a dequeue of some tasks of one of 50 types may touch: some for each type, some for each task.
const ROWS: f64 = 600.0;

fn names(types: usize) -> Vec<TypeName> {
    (0..types).map(|number| TypeName::parse(format!("type-{number}")).unwrap()).collect()
}

/// A job of so many tasks in a pipeline of its own.
async fn add(store: &Store, type_name: &TypeName, priority: Priority, tasks: usize) {
    let job = NewJob { type_name: type_name.clone(), ..with_tasks(job("a"), tasks) };
    create(store, NewPipeline { priority, ..pipeline(vec![job]) }).await;
}

async fn take(store: &Store, types: &[TypeName], max_tasks: usize) -> Vec<Uuid> {
    let request = Dequeue {
        caller: Caller::default(),
        worker: WorkerId::parse("worker").unwrap(),
        max_tasks,
        lease: None,
        key: None,
    };
    let granted = store.dequeue(types, &[request]).await.unwrap().remove(0).unwrap();
    granted.tasks.iter().map(|task| task.id).collect()
}

/// All tasks in the order in which they are to be taken, and their types.
async fn in_line(database: &TestDatabase) -> Vec<(Uuid, String)> {
    let line = "SELECT t.id, j.type FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE t.state = 'queued'
                ORDER BY j.priority, j.opened_position, t.position";
    sqlx::query_as(line).fetch_all(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn the_order_of_the_line_holds_across_types_whatever_is_asked_for() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let types = names(6);
    let priorities = [Priority::Medium, Priority::High, Priority::Medium, Priority::Low];
    // Jobs of none to four tasks, some types with several jobs in a row, some of the first jobs with fewer tasks than are asked for.
    for number in 0..60 {
        let type_name = &types[(number * number / 3) % types.len()];
        add(&store, type_name, priorities[number % priorities.len()], 1 + (number * 7) % 4).await;
    }
    let mut expected: Vec<Uuid> = in_line(&database).await.into_iter().map(|(id, _)| id).collect();
    let all = expected.len();
    for round in 0.. {
        let wanted = 1 + (round * 5) % 13;
        let taken = take(&store, &types, wanted).await;
        let rest = expected.split_off(wanted.min(expected.len()));
        assert_eq!(taken, expected, "{wanted} of {} of {all}", expected.len() + rest.len());
        expected = rest;
        if taken.is_empty() {
            break;
        }
    }
    database.finish().await;
}

#[tokio::test]
async fn types_that_are_paused_or_full_leave_their_share_to_the_others() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let types = names(4);
    for type_name in &types {
        add(&store, type_name, Priority::Medium, 10).await;
    }
    store.patch_queue(&types[0], &paused(true)).await.unwrap();
    store.patch_queue(&types[1], &limited(Some(3))).await.unwrap();
    let of: HashMap<Uuid, String> = in_line(&database).await.into_iter().collect();
    let taken = take(&store, &types, 15).await;
    let count = |name: &TypeName| taken.iter().filter(|id| of[id] == name.as_str()).count();
    assert_eq!(types.iter().map(count).collect::<Vec<_>>(), [0, 3, 10, 2]);
    assert_eq!(take(&store, &types, 15).await.len(), 8);
    assert!(take(&store, &types, 15).await.is_empty());
    database.finish().await;
}

#[tokio::test]
async fn a_dequeue_of_50_types_looks_at_the_tasks_of_those_that_it_serves() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let types = names(50);
    for type_name in &types {
        add(&store, type_name, Priority::Medium, 100).await;
    }
    sqlx::raw_sql("VACUUM ANALYZE jobs, tasks").execute(&mut database.connect().await).await.unwrap();
    notices.take();
    assert_eq!(take(&store, &types, 32).await.len(), 32);
    let ran = notices.take();
    let look = ran.iter().find(|ran| ran.text.contains(MANY)).expect("the dequeue was explained");
    let touched = look.plan.touched();
    assert!(touched <= ROWS, "it touched {touched} rows");
    database.finish().await;
}
