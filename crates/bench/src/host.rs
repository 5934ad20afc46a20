//! What the figures were measured on: cores and settings, never a name or a path of the machine.

use std::fs;

use serde_json::{Value, json};

use crate::cpu::cores;
use crate::error::BenchError;
use crate::harness::Harness;

/// Postgres's settings that decide about rates.
const SETTINGS: [&str; 9] = [
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_connections",
    "max_wal_size",
    "checkpoint_timeout",
    "data_checksums",
];

/// Facts about machine and Postgres.
pub(crate) async fn facts(harness: &Harness) -> Result<Value, BenchError> {
    let mut postgres = serde_json::Map::new();
    for setting in SETTINGS {
        let value = harness.database("postgres").run(&format!("SHOW {setting}")).await?;
        postgres.insert(setting.to_owned(), Value::String(value));
    }
    if postgres["fsync"] != "on" || postgres["synchronous_commit"] != "on" {
        return Err(BenchError::Unexpected(
            "Postgres would not write what it commits: fsync is off".to_owned(),
        ));
    }
    Ok(json!({
        "cores": cores(),
        "processor": first_after("/proc/cpuinfo", "model name"),
        "memory": first_after("/proc/meminfo", "MemTotal"),
        "operating_system": std::env::consts::OS,
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
        "version": env!("CARGO_PKG_VERSION"),
        "postgres": postgres,
    }))
}

/// The first value of that name in one of the system's own lists.
fn first_after(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
