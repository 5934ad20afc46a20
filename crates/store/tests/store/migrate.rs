//! Servers that start at once bring the schema up to date once.

use windlass_store::testing::TestDatabase;

#[tokio::test]
async fn servers_that_start_at_once_wait_for_each_other_also_where_an_index_is_made_concurrently() {
    let database = TestDatabase::create().await;
    let store = database.store().await;
    let mut connection = database.connect().await;
    sqlx::raw_sql("DROP INDEX jobs_line; DELETE FROM _sqlx_migrations WHERE version = 21")
        .execute(&mut connection)
        .await
        .unwrap();
    let (one, another, third) = tokio::join!(store.migrate(), store.migrate(), store.migrate());
    one.unwrap();
    another.unwrap();
    third.unwrap();
    let valid: bool =
        sqlx::query_scalar("SELECT indisvalid FROM pg_index WHERE indexrelid = 'jobs_line'::regclass")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(valid);
    database.finish().await;
}
