//! What Postgres' `auto_explain` says of each statement as it ran, caught where sqlx hands notices on.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry};
use windlass_store::testing::TestDatabase;
use windlass_store::{Settings, Store};

use super::tree::Plan;

/// Each statement is explained with the rows that it really touched.
const EXPLAIN: [&str; 8] = [
    "session_preload_libraries=auto_explain",
    "auto_explain.log_min_duration=0",
    "auto_explain.log_analyze=on",
    "auto_explain.log_timing=off",
    "auto_explain.log_buffers=on",
    "auto_explain.log_wal=on",
    "auto_explain.log_level=notice",
    "auto_explain.log_format=json",
];

/// A statement as it ran.
pub(crate) struct Ran {
    pub(crate) text: String,
    pub(crate) plan: Plan,
    /// Blocks that it looked at, in memory or not.
    pub(crate) blocks: f64,
    /// What it wrote to the log.
    pub(crate) wal_bytes: f64,
}

/// Catches what the statements of the stores on this thread did.
pub(crate) struct Notices {
    ran: Arc<Mutex<Vec<Ran>>>,
    _caught: DefaultGuard,
}

impl Notices {
    pub(crate) fn catch() -> Self {
        let ran = Arc::<Mutex<Vec<Ran>>>::default();
        let subscriber = Registry::default().with(Catch(ran.clone()));
        Self { ran, _caught: tracing::subscriber::set_default(subscriber) }
    }

    /// A store with one connection, so that plans made early are used later.
    pub(crate) async fn store(&self, database: &TestDatabase) -> Store {
        let options: Vec<String> =
            EXPLAIN.iter().map(|option| format!("-c%20{}", option.replace('=', "%3D"))).collect();
        let url = database.url();
        let joint = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{joint}options={}", options.join("%20"));
        let settings = Settings { max_connections: 1, ..Settings::new(url) };
        Store::connect(&settings, Arc::new(|_, _| {})).await.unwrap()
    }

    /// What ran since the last call.
    pub(crate) fn take(&self) -> Vec<Ran> {
        std::mem::take(&mut self.ran.lock().unwrap())
    }
}

struct Catch(Arc<Mutex<Vec<Ran>>>);

impl<S: tracing::Subscriber> Layer<S> for Catch {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut Message(&self.0));
        }
    }
}

struct Message<'a>(&'a Mutex<Vec<Ran>>);

impl Visit for Message<'_> {
    fn record_str(&mut self, _: &Field, message: &str) {
        let Some((_, plan)) = message.split_once("plan:\n") else { return };
        let explained: Value = serde_json::from_str(plan).unwrap();
        let text = explained["Query Text"].as_str().unwrap().to_owned();
        let root = &explained["Plan"];
        let number = |name: &str| root[name].as_f64().unwrap_or(0.0);
        let blocks = number("Shared Hit Blocks") + number("Shared Read Blocks");
        let wal_bytes = number("WAL Bytes");
        self.0.lock().unwrap().push(Ran { text, plan: Plan::of(root), blocks, wal_bytes });
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
