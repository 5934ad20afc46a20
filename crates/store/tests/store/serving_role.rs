//! A role that only serves: what docs/operations.md grants is enough for all that a server does.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use windlass_store::testing::TestDatabase;
use windlass_store::{Retention, Settings, Store};

use crate::support::{complete, create, dequeue, job, pipeline, with_tasks};

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
/// The database, the owner and the serving role as the page calls them.
const NAMES: [&str; 3] = ["jobs", "windlass_owner", "windlass_server"];

#[tokio::test]
async fn a_role_with_the_grants_of_the_page_does_all_that_a_server_does() {
    let database = TestDatabase::create().await;
    let server = format!("windlass_server_{}", uuid::Uuid::new_v4().simple());
    let options: PgConnectOptions = database.url().parse().unwrap();
    let mut admin = database.connect().await;
    run(&mut admin, grants(options.get_database().unwrap(), options.get_username(), &server)).await;
    let url = options.username(&server).to_url_lossy();
    let store = Store::connect(&Settings::new(url.to_string()), Arc::new(|_, _| {})).await.unwrap();
    store.check_schema().await.unwrap();
    store.ping().await.unwrap();
    let (made, _) = create(&store, pipeline(vec![with_tasks(job("work"), 3)])).await;
    for task in dequeue(&store, 3).await {
        complete(&store, &task).await.unwrap();
    }
    duties(&store).await;
    database.advance(Duration::from_hours(24 * 40)).await;
    duties(&store).await;
    while store.prune(&Retention::default()).await.unwrap().full {}
    assert!(store.pipeline(made.id).await.is_err(), "it was pruned");
    let partitions = "SELECT count(*) FROM pg_class WHERE relname ~ '^events_[0-9]{8}$' AND to_date(right(relname, 8), 'YYYYMMDD') > now() + interval '20 days'";
    let partitions: i64 = sqlx::query_scalar(partitions).fetch_one(&mut admin).await.unwrap();
    assert!(partitions > 7, "{partitions} partitions were made by the serving role");
    store.close().await;
    run(&mut admin, format!("DROP OWNED BY {server}; DROP ROLE {server}")).await;
    database.finish().await;
}

async fn duties(store: &Store) {
    store.create_partitions().await.unwrap();
    store.register_server("0.0.0").await.unwrap();
    store.refresh_statistics().await.unwrap();
    store.prune(&Retention::default()).await.unwrap();
}

/// The statements of the page, with other names.
fn grants(database: &str, owner: &str, server: &str) -> String {
    let (_, section) = OPERATIONS.split_once("## A role that only serves").unwrap();
    let (_, sql) = section.split_once("```sql\n").unwrap();
    let (sql, _) = sql.split_once("```").unwrap();
    let [page_database, page_owner, page_server] = NAMES;
    sql.replace(&format!("DATABASE {page_database} "), &format!("DATABASE {database} "))
        .replace(page_owner, owner)
        .replace(page_server, server)
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
