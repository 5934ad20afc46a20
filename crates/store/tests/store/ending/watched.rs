//! What is stored of a pipeline, and what is announced of its end.

use std::sync::{Arc, Mutex};

use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;
use windlass_store::testing::TestDatabase;
use windlass_store::{Happened, Store};

use crate::reporting::blanked;

/// Everything that is stored beneath a pipeline.
const STORED: &str = "SELECT jsonb_build_object(
    'pipeline', (SELECT to_jsonb(p) FROM pipelines p WHERE p.id = $1),
    'jobs', (SELECT jsonb_agg(to_jsonb(j) ORDER BY j.ordinal) FROM jobs j WHERE j.pipeline_id = $1),
    'tasks', (SELECT jsonb_agg(to_jsonb(t) ORDER BY j.ordinal, t.id) FROM tasks t JOIN jobs j ON j.id = t.job_id WHERE j.pipeline_id = $1),
    'leases', (SELECT count(*) FROM leases l JOIN jobs j ON j.id = l.job_id WHERE j.pipeline_id = $1),
    'attempts', (
        SELECT jsonb_agg(to_jsonb(a) ORDER BY j.ordinal, a.task_id, a.number)
        FROM attempts a JOIN tasks t ON t.id = a.task_id JOIN jobs j ON j.id = t.job_id WHERE j.pipeline_id = $1
    ),
    'outcomes', (
        SELECT jsonb_agg(to_jsonb(o) ORDER BY j.ordinal, o.task_id, o.attempt)
        FROM task_outcomes o JOIN tasks t ON t.id = o.task_id JOIN jobs j ON j.id = t.job_id WHERE j.pipeline_id = $1
    ),
    'counters', (SELECT jsonb_build_array(sum(queued), sum(scheduled), sum(running)) FROM queue_counts),
    -- Of jobs that end together, each has its events in order.
    'events', (
        SELECT jsonb_agg(to_jsonb(e) ORDER BY array_position(ARRAY['task', 'job', 'pipeline'], e.entity), j.ordinal, e.number)
        FROM events e LEFT JOIN jobs j ON j.id = e.job_id WHERE e.pipeline_id = $1
    ),
    'pipeline is last', (
        SELECT bool_and(p.number > e.number) FROM events p JOIN events e ON e.pipeline_id = p.pipeline_id AND e.entity <> 'pipeline'
        WHERE p.pipeline_id = $1 AND p.entity = 'pipeline' AND p.to_state NOT IN ('pending', 'running')
    )
)";

pub(super) async fn stored(database: &TestDatabase, pipeline: Uuid) -> String {
    let mut connection = database.connect().await;
    let query = sqlx::query_scalar::<_, serde_json::Value>(AssertSqlSafe(STORED)).bind(pipeline);
    let stored = query.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    blanked(stored).to_string()
}

/// What has been announced.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    /// What was announced since the last look, in words.
    pub(super) fn take(&self) -> Vec<String> {
        let mut seen = std::mem::take(&mut *self.0.lock().unwrap());
        seen.sort();
        seen
    }

    fn add(&self, happened: &Happened) {
        let mut seen = self.0.lock().unwrap();
        seen.extend(
            happened.attempts.iter().map(|one| format!("attempt {} {:?}", one.type_name, one.outcome)),
        );
        seen.extend(happened.jobs.iter().map(|one| format!("job {} {:?}", one.type_name, one.state)));
        seen.extend(happened.pipelines.iter().map(|one| format!("pipeline {:?}", one.state)));
    }
}

/// A store whose announcements are seen.
pub(super) async fn watched(database: &TestDatabase) -> (Store, Seen) {
    let seen = Seen::default();
    let adding = seen.clone();
    let store = database.store().await.watched(Arc::new(move |happened| adding.add(&happened)));
    (store, seen)
}
