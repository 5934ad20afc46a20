//! A pool that cannot grow serves on with the connections that it has.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection};
use tokio::task::JoinSet;
use windlass_store::testing::TestDatabase;
use windlass_store::{Settings, Store};

/// Many more callers than connections.
const CALLERS: usize = 60;
const CALLS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_postgres_takes_fewer_connections_than_the_pool_may_have() {
    let (database, role) = (TestDatabase::create().await, Role::create().await);
    role.alter("CONNECTION LIMIT 3").await;
    let store = role.store(&database).await;
    let (first, second) = tokio::join!(store.ping(), store.ping());
    first.and(second).unwrap();
    everybody_calls(&store).await;
    role.finish(database, store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_logins_are_refused_and_a_connection_is_open() {
    let (database, role) = (TestDatabase::create().await, Role::create().await);
    let store = role.store(&database).await;
    store.ping().await.unwrap();
    role.alter("NOLOGIN").await;
    everybody_calls(&store).await;
    role.finish(database, store).await;
}

async fn everybody_calls(store: &Store) {
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let store = store.clone();
        callers.spawn(async move {
            for _ in 0..CALLS {
                store.workers().await.unwrap();
            }
        });
    }
    callers.join_all().await;
}

/// A role of the test's own, since a superuser has no limit.
struct Role(String);

impl Role {
    async fn create() -> Self {
        let role = Self(format!("windlass_role_{}", uuid::Uuid::new_v4().simple()));
        run(&mut admin().await, format!("CREATE ROLE {} LOGIN", role.0)).await;
        role
    }

    async fn alter(&self, how: &str) {
        run(&mut admin().await, format!("ALTER ROLE {} {how}", self.0)).await;
    }

    async fn store(&self, database: &TestDatabase) -> Store {
        let grants = format!(
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}",
            role = self.0
        );
        run(&mut database.connect().await, grants).await;
        let url = database.url().parse::<PgConnectOptions>().unwrap().username(&self.0).to_url_lossy();
        Store::connect(&Settings::new(url.to_string()), Arc::new(|_, _| {})).await.unwrap()
    }

    async fn finish(self, database: TestDatabase, store: Store) {
        store.close().await;
        run(&mut database.connect().await, format!("DROP OWNED BY {}", self.0)).await;
        database.finish().await;
        run(&mut admin().await, format!("DROP ROLE {}", self.0)).await;
    }
}

async fn admin() -> PgConnection {
    let url = std::env::var("WINDLASS_TEST_DATABASE_URL").unwrap();
    url.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}
