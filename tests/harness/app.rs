//! A fresh database and one or more servers on it.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::task::JoinHandle;
use windlass_server::{Auth, BootstrapKey, Limits, Server, Settings, Stop};
use windlass_store::testing::{Held, TestDatabase};

use crate::{Answer, BOOTSTRAP, Outage};

/// The service under test.
pub struct TestApp {
    database: TestDatabase,
    settings: Settings,
    servers: Vec<Running>,
    client: Client,
    /// The key that calls are made with.
    key: Option<String>,
}

struct Running {
    address: SocketAddr,
    stop: Stop,
    serving: JoinHandle<()>,
}

impl TestApp {
    /// One server on a fresh database.
    pub async fn start() -> Self {
        Self::start_servers(1).await
    }

    /// Several servers on one fresh database.
    pub async fn start_servers(count: usize) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), ..Settings::default() };
        Self::over(database, settings, count).await
    }

    /// Several servers on one fresh database that do not announce to each other what can be leased.
    pub async fn start_servers_in_silence(count: usize) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), notify: false, ..Settings::default() };
        Self::over(database, settings, count).await
    }

    /// One server with these settings, but for its database and where it listens.
    pub async fn start_with(settings: Settings) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), ..settings };
        Self::over(database, settings, 1).await
    }

    /// One server with other limits than the contract's.
    pub async fn start_within(limits: Limits) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), limits, ..Settings::default() };
        Self::over(database, settings, 1).await
    }

    /// One server with so many database connections.
    pub async fn start_with_connections(max_connections: u32) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), max_connections, ..Settings::default() };
        Self::over(database, settings, 1).await
    }

    /// One server that reaches its database through something that can be cut.
    pub async fn start_behind_outage() -> (Self, Outage) {
        let database = TestDatabase::create().await;
        let (outage, database_url) = Outage::before(&database.url()).await;
        let settings = Settings { database_url, ..Settings::default() };
        (Self::over(database, settings, 1).await, outage)
    }

    /// Several servers on one fresh database that ask for keys, and know the bootstrap key [`BOOTSTRAP`].
    pub async fn start_keyed(count: usize) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), auth: Auth::Keys, ..Settings::default() };
        settings.bootstrap_key.set(Some(BOOTSTRAP)).expect("it has the form of one");
        Self::over(database, settings, count).await
    }

    /// So many servers on one fresh database that ask for keys; calls are made without one unless [`with_key`](Self::with_key) says otherwise.
    pub async fn start_servers_with_keys(count: usize) -> Self {
        let database = TestDatabase::create().await;
        let settings = Settings { database_url: database.url(), auth: Auth::Keys, ..Settings::default() };
        Self::over(database, settings, count).await
    }

    /// One server that asks for keys.
    pub async fn start_with_keys() -> Self {
        Self::start_servers_with_keys(1).await
    }

    /// One server that asks for keys, and reaches its database through something that can be cut.
    pub async fn start_with_keys_behind_outage() -> (Self, Outage) {
        let database = TestDatabase::create().await;
        let (outage, database_url) = Outage::before(&database.url()).await;
        let settings = Settings { database_url, auth: Auth::Keys, ..Settings::default() };
        (Self::over(database, settings, 1).await, outage)
    }

    async fn over(database: TestDatabase, settings: Settings, count: usize) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client");
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let settings = Settings { listen, ..settings };
        let mut app = Self { database, settings, servers: Vec::new(), client, key: None };
        for _ in 0..count {
            app.add_server().await;
        }
        app
    }

    /// Starts one more server on the same database, and says its number.
    pub async fn add_server(&mut self) -> usize {
        let server = Server::start(self.settings.clone()).await.expect("the server starts");
        let (address, stop) = (server.local_addr(), server.stop());
        let serving = tokio::spawn(server.run());
        self.servers.push(Running { address, stop, serving });
        self.servers.len() - 1
    }

    /// One server on the same database, in the place of all, with these settings, but for its database and where it listens.
    #[must_use]
    pub async fn restarted(mut self, settings: Settings) -> Self {
        for server in self.servers.drain(..) {
            server.stop().await;
        }
        let (database_url, listen) = (self.settings.database_url.clone(), self.settings.listen);
        self.settings = Settings { database_url, listen, ..settings };
        self.add_server().await;
        self
    }

    /// Where a server listens; the first is number 0.
    pub fn address(&self, server: usize) -> SocketAddr {
        self.servers[server].address
    }

    /// Stops the last server that was started and waits for its drain.
    pub async fn stop_last_server(&mut self) {
        self.servers.pop().expect("a server runs").stop().await;
    }

    /// Asks the last server that was started to stop, without waiting for it.
    pub fn begin_to_stop_last_server(&self) {
        self.servers.last().expect("a server runs").stop.now();
    }

    /// The same, whose calls are made with this key from now on.
    #[must_use]
    pub fn with_key(self, text: &str) -> Self {
        Self { key: Some(text.to_owned()), ..self }
    }

    /// The bootstrap key of all its servers, which can be changed while they run.
    pub fn bootstrap_key(&self) -> &BootstrapKey {
        &self.settings.bootstrap_key
    }

    /// The database below the servers, for what no call can make.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Moves the database's clock ahead.
    pub async fn advance(&self, seconds: u64) {
        self.database.advance(Duration::from_secs(seconds)).await;
    }

    /// Turns the database's clock back, no further than it was moved ahead.
    pub async fn turn_back(&self, seconds: u64) {
        self.database.turn_back(Duration::from_secs(seconds)).await;
    }

    /// Lets creates wait in the database, until what is returned is dropped.
    pub async fn hold_creates(&self) -> Held {
        self.database.hold("pipeline_controls").await
    }

    /// How many database connections wait for a lock.
    pub async fn waiting_for_locks(&self) -> i64 {
        self.database.waiting_for_locks().await
    }

    /// How many transactions a second end in the database, over so long.
    pub async fn transactions_per_second(&self, over: Duration) -> f64 {
        let (begun, before) = (std::time::Instant::now(), self.database.transactions().await);
        tokio::time::sleep(over).await;
        let count = self.database.transactions().await - before;
        f64::from(i32::try_from(count).expect("far fewer")) / begun.elapsed().as_secs_f64()
    }

    /// A copy of the database as it is now.
    pub async fn back_up(&self) -> TestDatabase {
        self.database.copy().await
    }

    /// Puts a copy in the place of the database, below servers that run on.
    pub async fn restore(&self, backup: TestDatabase) {
        self.database.restore(backup).await;
    }

    /// What the consistency check finds in what is stored; nothing, when all is well and no request is under way.
    pub async fn violations(&self) -> Vec<String> {
        self.database.violations().await
    }

    /// Stops the servers and drops the database, whatever is in it.
    pub async fn abandon(mut self) {
        for server in self.servers.drain(..) {
            server.stop().await;
        }
        self.database.finish_without_check().await;
    }

    /// Stops the servers, checks that what is stored is consistent, and drops the database.
    pub async fn finish(mut self) {
        for server in self.servers.drain(..) {
            server.stop().await;
        }
        self.database.finish().await;
    }

    /// A request to the first server, for what no other helper says.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_to(0, method, path)
    }

    /// A request to one of the servers.
    pub fn request_to(&self, server: usize, method: Method, path: &str) -> RequestBuilder {
        let request = self.keyless_request_to(server, method, path);
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// A request without a key.
    pub(crate) fn keyless_request_to(&self, server: usize, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address(server)))
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.post_to(0, path, body).await
    }

    /// `POST` with a JSON body to one of the servers.
    pub async fn post_to(&self, server: usize, path: &str, body: Value) -> Answer {
        send(self.request_to(server, Method::POST, path).json(&body)).await
    }

    /// `POST` with a body of text, as `application/json`.
    pub async fn post_text(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        send(self.request(Method::POST, path).header("content-type", "application/json").body(body)).await
    }

    /// `POST` without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        send(self.request(Method::POST, path)).await
    }

    /// `PATCH` with a JSON body.
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }
}

impl Running {
    async fn stop(self) {
        self.stop.now();
        self.serving.await.expect("the server ends");
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("the answer has an end");
    Answer { status, headers, text }
}
