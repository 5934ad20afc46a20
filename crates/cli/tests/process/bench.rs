//! `windlass bench` in its smallest form: every benchmark works, and nothing is left behind.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::running::{Windlass, eventually};

/// A directory below which a bench may run its Postgres.
fn directory() -> tempfile::TempDir {
    let directory = tempfile::TempDir::new_in("/tmp").unwrap();
    // The user that Postgres runs as must be able to enter it.
    fs::set_permissions(directory.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    directory
}

fn entries(directory: &tempfile::TempDir) -> usize {
    fs::read_dir(directory.path()).unwrap().count()
}

#[test]
fn every_benchmark_runs_once_reports_its_figures_and_leaves_nothing() {
    let directory = directory();
    let file = tempfile::NamedTempFile::new_in("/tmp").unwrap();
    let (dir, json) = (directory.path().to_str().unwrap(), file.path().to_str().unwrap());
    let mut bench = Windlass::begin(&["bench", "--once", "--dir", dir, "--json", json]);
    let status = bench.ended();
    assert!(status.success(), "{status}: {}", bench.said());
    let report: Value = serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
    assert_eq!(report["host"]["postgres"]["fsync"], "on");
    let rows = report["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    for name in ["single-64", "batch-50", "backlog-exhausted-50", "adding", "snapshot-50", "pickup-p99"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
    assert!(rows.iter().all(|row| row["met"].is_null()), "one iteration must not judge");
    assert_eq!(entries(&directory), 0);
}

#[test]
fn a_bench_that_is_interrupted_leaves_nothing() {
    let directory = directory();
    let dir = directory.path().to_str().unwrap();
    let mut bench = Windlass::begin(&["bench", "--quick", "--only", "waiting", "--dir", dir]);
    eventually("a server is being measured", || bench.said().contains("Waiting"));
    bench.signal(Signal::INT);
    let status = bench.ended();
    assert_eq!(status.code(), Some(1), "{}", bench.said());
    assert!(bench.said().contains("a signal cut the bench off"), "{}", bench.said());
    assert_eq!(entries(&directory), 0);
}
