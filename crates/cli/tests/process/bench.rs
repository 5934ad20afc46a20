//! `windlass bench` in its smallest form: every benchmark works, and nothing is left behind.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use crate::running::{Windlass, command, eventually};

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

/// All benchmarks, in parts that take about the same time, which run beside each other.
const PARTS: [&str; 3] = [
    "single,batch,keys,jobs,bytes,backlog,adding,creating",
    "snapshot,pickup,waiting,slow-connections,million,types,pipeline,payload",
    "servers,scheduled,schedules,outcomes,logs,webhooks,jobnik",
];

/// Each benchmark of a part works; the names of the rows.
fn runs_once(part: &str) -> Vec<String> {
    let directory = directory();
    let file = tempfile::NamedTempFile::new_in("/tmp").unwrap();
    let (dir, json) = (directory.path().to_str().unwrap(), file.path().to_str().unwrap());
    let mut bench = Windlass::begin(&["bench", "--once", "--only", part, "--dir", dir, "--json", json]);
    let status = bench.ended();
    assert!(status.success(), "{status}: {}", bench.said());
    let report: Value = serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
    assert_eq!(report["host"]["postgres"]["fsync"], "on");
    let rows = report["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["met"].is_null()), "one iteration must not judge");
    assert_eq!(entries(&directory), 0);
    rows.iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect()
}

fn has(rows: &[String], names: &[&str]) {
    for name in names {
        assert!(rows.iter().any(|row| row == name), "{name} is not among {rows:?}");
    }
}

#[test]
fn the_first_third_of_all_benchmarks_runs_once_reports_its_figures_and_leaves_nothing() {
    has(&runs_once(PARTS[0]), &["single-64", "batch-50", "backlog-exhausted-50", "adding"]);
}

#[test]
fn the_second_third_of_all_benchmarks_runs_once_reports_its_figures_and_leaves_nothing() {
    has(&runs_once(PARTS[1]), &["snapshot-50", "pickup-p99", "types-50"]);
}

#[test]
fn the_last_third_of_all_benchmarks_runs_once_reports_its_figures_and_leaves_nothing() {
    has(&runs_once(PARTS[2]), &["servers-2-50", "log-10", "webhook-delivered", "jobnik-16"]);
}

#[test]
fn each_benchmark_is_in_one_of_the_parts() {
    let help = command(&["bench", "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let values = help.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split_once(':'));
    let mut named: Vec<&str> = values.map(|(name, _)| name).collect();
    let mut run: Vec<&str> = PARTS.iter().flat_map(|part| part.split(',')).collect();
    named.sort_unstable();
    run.sort_unstable();
    assert_eq!(run, named);
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
