//! What hot calls cost while somebody holds an old snapshot, as a backup or a forgotten session does.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use windlass_domain::{Directive, Sealing};
use windlass_store::testing::TestDatabase;
use windlass_store::{NewJob, NewTask};

use crate::cost::least_of_ten;
use crate::plans::notices::Notices;
use crate::support::{complete, create, dequeue, fail, job, later, pipeline, release, with_tasks};

/// Versions of the job's row and of its type's counters that then nobody can remove: some minutes' of them.
const VERSIONS: usize = 8_000;

#[tokio::test]
async fn hot_rows_are_found_without_passing_the_versions_that_a_held_snapshot_keeps() {
    Box::pin(versions_are_not_passed(false)).await;
}

#[tokio::test]
async fn so_are_those_of_a_job_that_returned_behind_a_mark() {
    Box::pin(versions_are_not_passed(true)).await;
}

#[expect(clippy::print_stdout, reason = "a test that fails says which call grew")]
async fn versions_are_not_passed(of_one_that_returned: bool) {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await.with_low_water_margin(Duration::ZERO);
    let open = NewJob { sealed: Sealing::Later, max_failed_tasks: 100, ..with_tasks(job("a"), 1_000) };
    let (_, jobs) = create(&store, pipeline(vec![open])).await;
    let id = jobs[0].id;
    let costs = async || {
        let mut leased = Vec::new();
        let dequeued = least_of_ten(&notices, async || leased.extend(dequeue(&store, 4).await)).await;
        let mut next = || leased.pop().expect("forty were leased");
        let completed = async || {
            complete(&store, &next()).await.unwrap();
        };
        let completed = least_of_ten(&notices, completed).await;
        let again = Directive::After(Duration::ZERO);
        let again = async || {
            fail(&store, &next(), again).await.unwrap();
        };
        let again = least_of_ten(&notices, again).await;
        let released = async || {
            release(&store, &next(), Duration::ZERO).await.unwrap();
        };
        let released = least_of_ten(&notices, released).await;
        let failed = async || {
            fail(&store, &next(), Directive::Never).await.unwrap();
        };
        let failed = least_of_ten(&notices, failed).await;
        let added = async || {
            store.add_tasks(id, vec![NewTask::default()], None).await.unwrap();
        };
        let added = least_of_ten(&notices, added).await;
        [
            ("dequeue", dequeued),
            ("complete", completed),
            ("retry", again),
            ("release", released),
            ("fail", failed),
            ("add", added),
        ]
    };
    let before = Box::pin(costs()).await;
    let held = hold_snapshot(&database).await;
    if of_one_that_returned {
        while !dequeue(&store, 1_000).await.is_empty() {}
        store.look_for_low_water(i64::MAX).await.unwrap();
        let tasks = (0..1_000).map(|_| NewTask::default()).collect();
        store.add_tasks(id, tasks, None).await.unwrap();
    }
    let writes = format!(
        "DO $$ BEGIN FOR version IN 1..{VERSIONS} LOOP
             UPDATE jobs SET running = running - 1 + 2 * (version % 2) WHERE id = '{id}';
             UPDATE queue_counts SET running = running;
             COMMIT;
         END LOOP; END $$"
    );
    sqlx::raw_sql(AssertSqlSafe(writes)).execute(&mut database.connect().await).await.unwrap();
    store.look_for_low_water(i64::MAX).await.unwrap();
    for ((call, then), (_, now)) in before.into_iter().zip(Box::pin(costs()).await) {
        println!("{call}: {then:?}, and then {now:?}");
        now.is_no_more_than(then);
    }
    held.close().await.unwrap();
    store.close().await;
    database.finish().await;
}

#[tokio::test]
async fn what_was_promoted_and_swept_is_not_passed_again() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let tasks = later(&database, 3_000).await;
    let tasks = NewJob { tasks: Some(tasks), max_failed_tasks: 3_000, ..job("a") };
    create(&store, pipeline(vec![tasks])).await;
    let held = hold_snapshot(&database).await;
    database.advance(Duration::from_mins(61)).await;
    while store.promote().await.unwrap().full {}
    let leased = dequeue(&store, 3_000).await;
    assert_eq!(leased.len(), 3_000);
    database.advance(Duration::from_mins(61)).await;
    while store.sweep().await.unwrap().full {}
    database.advance(Duration::from_mins(61)).await;
    for _ in 0..2 {
        while store.promote().await.unwrap().full {}
        while store.sweep().await.unwrap().full {}
    }
    let promote = async || {
        store.promote().await.unwrap();
    };
    let sweep = async || {
        store.sweep().await.unwrap();
    };
    let (promotion, sweep) = (least_of_ten(&notices, promote).await, least_of_ten(&notices, sweep).await);
    println!("promotion: {promotion:?}, sweep: {sweep:?}");
    assert!(promotion.blocks < 20.0 && sweep.blocks < 20.0, "promotion: {promotion:?}, sweep: {sweep:?}");
    held.close().await.unwrap();
    store.close().await;
    database.finish().await;
}

/// Sees everything as it is now, until the connection is closed.
pub(crate) async fn hold_snapshot(database: &TestDatabase) -> PgConnection {
    let mut holder = database.connect().await;
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM jobs")
        .execute(&mut holder)
        .await
        .unwrap();
    holder
}
