//! Every statement uses its indexes, however large the tables are.
//!
//! The first test asks Postgres for the generic plan of every statement in the query cache, over tables without and with statistics. The second
//! one runs what is hot and what lists, and counts the rows that Postgres really touched.

mod events;
mod jobnik;
mod large;
mod line;
mod metadata;
pub(crate) mod notices;
mod outcomes;
mod schedules;
mod touched;
mod tree;
mod windows;

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use windlass_store::testing::TestDatabase;

use tree::Plan;

/// Statements that read a whole table on purpose, by their beginning, and why they may.
const WHOLE: [(&str, &str); 4] = [
    ("-- What must hold at any moment", "the consistency check of tests reads everything"),
    ("SELECT w.id, w.types", "the list of workers counts all leases, which are as many as tasks run"),
    (
        "-- See longest.rs.",
        "the list of running tasks looks at all leases, which are as many as tasks run: an index on their start would cost each dequeue",
    ),
    (
        "SELECT task_id AS id, token FROM leases",
        "after an outage, once: an index on tokens would cost each dequeue",
    ),
];

/// Statements that decide how fast a task is handed out: they may sort what they chose, never what waits.
const HOT: [&str; 3] = [
    "-- Made by `make sql` from dequeue.template.sql",
    "-- Made by `make sql` from free.template.sql",
    "SELECT ARRAY( SELECT id FROM jobs WHERE NOT due",
];

#[tokio::test]
async fn no_statement_scans_a_table_or_sorts_what_waits() {
    let database = TestDatabase::create().await;
    let mut connection = database.session().await;
    let statements = cached_statements();
    assert!(statements.len() > 100, "the query cache is there: {} statements", statements.len());
    assert_plans(&mut connection, &statements, "empty tables").await;
    large::fill(&mut connection).await;
    assert_plans(&mut connection, &statements, "large tables that were never analyzed").await;
    large::analyze(&mut connection).await;
    assert_plans(&mut connection, &statements, "large tables").await;
    // The leases come and go: they are often looked at while there are none, and a plan must bear the thousands of a moment later.
    sqlx::raw_sql("DELETE FROM leases").execute(&mut connection).await.unwrap();
    sqlx::raw_sql("VACUUM ANALYZE leases").execute(&mut connection).await.unwrap();
    assert_plans(&mut connection, &statements, "large tables and no leases").await;
    // Nor is it for ever true that one job has all edges.
    large::one_child(&mut connection).await;
    assert_plans(&mut connection, &statements, "a job with all edges").await;
    database.finish_without_check().await;
}

async fn assert_plans(connection: &mut PgConnection, statements: &[String], over: &str) {
    let mut faults = Vec::new();
    for statement in statements {
        let plan = generic_plan(connection, statement).await;
        let words = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let begins = |start: &&str| words.starts_with(*start);
        if !WHOLE.iter().map(|(start, _)| start).any(begins) {
            faults.extend(plan.walks().into_iter().map(|fault| format!("{fault}: {words}")));
        }
        if HOT.iter().any(begins) {
            faults.extend(plan.sorts_of_what_waits().into_iter().map(|fault| format!("{fault}: {words}")));
        }
    }
    assert!(faults.is_empty(), "over {over}:\n{}", faults.join("\n"));
    for start in WHOLE.iter().map(|(start, _)| start).chain(&HOT) {
        assert!(
            statements.iter().any(|statement| {
                statement.split_whitespace().collect::<Vec<_>>().join(" ").starts_with(start)
            }),
            "a statement begins with {start}"
        );
    }
}

/// All statements of the store that sqlx checks at compile time.
fn cached_statements() -> Vec<String> {
    let cache = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sqlx");
    let files = std::fs::read_dir(cache).unwrap();
    files
        .map(|file| {
            let query: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
            query["query"].as_str().unwrap().to_owned()
        })
        .collect()
}

async fn generic_plan(connection: &mut PgConnection, statement: &str) -> Plan {
    let prepare = format!("PREPARE guarded AS {statement}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
    let parameters: i32 = sqlx::query_scalar(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'guarded'",
    )
    .fetch_one(&mut *connection)
    .await
    .unwrap();
    let arguments = vec!["NULL"; usize::try_from(parameters).unwrap()].join(", ");
    let call = if parameters == 0 { "guarded".to_owned() } else { format!("guarded({arguments})") };
    let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE {call}");
    let row = sqlx::query(AssertSqlSafe(explain)).fetch_one(&mut *connection).await.unwrap();
    let text: String = row.try_get_unchecked(0).unwrap();
    sqlx::raw_sql("DEALLOCATE guarded").execute(connection).await.unwrap();
    let explained: Value = serde_json::from_str(&text).unwrap();
    Plan::of(&explained[0]["Plan"])
}

#[tokio::test]
async fn tables_that_outgrew_their_statistics_are_looked_at_anew_once() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut connection = database.session().await;
    large::fill(&mut connection).await;
    sqlx::raw_sql("SELECT pg_stat_force_next_flush()").execute(&mut connection).await.unwrap();
    assert!(store.refresh_statistics().await.unwrap() >= 3);
    let known: f32 = sqlx::query_scalar("SELECT reltuples FROM pg_class WHERE relname = 'tasks'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(known > 100_000.0, "{known}");
    assert_eq!(store.refresh_statistics().await.unwrap(), 0);
    database.finish_without_check().await;
}
