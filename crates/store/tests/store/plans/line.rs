//! A dequeue reads nothing of the jobs that it may not serve yet.

use windlass_store::testing::TestDatabase;

use super::notices::Notices;
use crate::support::{create, dequeue, job, pipeline, with_tasks};

/// 20,000 jobs of one task each, of the type and priority that tests have, opened after all others.
const BEHIND: &str = "
    CREATE TEMP TABLE behind AS
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS task, n FROM generate_series(1, 20000) n;
    INSERT INTO jobs (id, pipeline_id, key, ordinal, type, state, priority, pipeline_paused, paused, sealed, due, unmet,
        opened_position, head, queued, fail_fast, max_failed_tasks, allow_failure, created_at, opened_at)
    SELECT b.id, j.pipeline_id, 'behind-' || n, n, j.type, 'queued', j.priority, false, false, true, true, 0,
        nextval('job_positions'), 0, 1, true, 0, false, windlass_now(), windlass_now()
    FROM behind b CROSS JOIN (SELECT * FROM jobs LIMIT 1) j ORDER BY n;
    INSERT INTO job_specs SELECT id, NULL, NULL, 60, NULL, 3, 1, 2, 300, 0.2, '{}' FROM behind;
    INSERT INTO tasks (id, job_id, position, max_attempts, state, payload_from_job, created_at)
    SELECT task, id, nextval('task_positions'), 3, 'queued', true, windlass_now() FROM behind ORDER BY n;";
/// Blocks that a dequeue may look at: those of one way down each index.
const BLOCKS: f64 = 40.0;

#[tokio::test]
async fn a_dequeue_ends_its_walk_at_a_job_whose_tasks_come_back_however_many_jobs_are_behind() {
    let notices = Notices::catch();
    let database = TestDatabase::create().await;
    let store = notices.store(&database).await;
    let (_, jobs) = create(&store, pipeline(vec![with_tasks(job("first"), 3)])).await;
    let mut connection = database.connect().await;
    sqlx::raw_sql(BEHIND).execute(&mut connection).await.unwrap();
    // As after a retry, before any has been brought back.
    sqlx::query("UPDATE jobs SET queued = 0, left_over = 3 WHERE id = $1")
        .bind(jobs[0].id)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql("VACUUM ANALYZE jobs, tasks").execute(&mut connection).await.unwrap();
    notices.take();
    dequeue(&store, 1).await;
    let ran = notices.take();
    let look = ran.iter().find(|ran| ran.text.contains("from dequeue.template.sql"));
    let blocks = look.expect("the dequeue was explained").blocks;
    assert!(blocks <= BLOCKS, "it looked at {blocks} blocks");
    database.finish_without_check().await;
}
