//! A server ends within 20 s and with 0, whatever its clients and its database do.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::attack::{self, Attack, Target, Way};
use crate::http::{Request, ask};
use crate::running::{TestDirectory, Windlass, eventually};

/// What the contract allows an end.
const BOUND: Duration = Duration::from_secs(20);

/// Creates something whose answer is large; its path.
fn large(windlass: &Windlass) -> String {
    let text = "x".repeat(500);
    let jobs: Vec<_> = (0..1_000)
        .map(|number| json!({"key": format!("job-{number}"), "type": "work", "metadata": {"text": text}}))
        .collect();
    let body = json!({"name": "large", "jobs": jobs}).to_string();
    let created = ask(windlass.address(), "POST", "/v1/pipelines", &body);
    assert_eq!(created.status, 201, "{}", created.text);
    format!("/v1/pipelines/{}", created.body["id"].as_str().unwrap())
}

/// Begins the attack, waits until it is under way, and sends SIGTERM; the server must end well: what it said, and how long it took.
fn ends_well_under(ways: &[(usize, Way)], arguments: &[&str]) -> (String, Duration) {
    let directory = TestDirectory::new();
    let data = directory.data();
    let own = ["--data-dir", data.to_str().unwrap(), "--log", "warn,windlass_server::server=info"];
    let arguments = [&own, arguments].concat();
    let mut windlass = Windlass::serve_with(&arguments);
    let target = Target { address: windlass.address().to_owned(), large: large(&windlass) };
    let attack = Attack::begin(target, ways);
    let clients: usize = ways.iter().map(|(clients, _)| clients).sum();
    // One connection each and those of the database; it answers meanwhile.
    eventually("the attack is under way", || {
        ask(windlass.address(), "GET", "/healthz", "").status == 200 && sockets(windlass.pid()) > clients / 2
    });
    windlass.signal(Signal::TERM);
    let begun = Instant::now();
    let status = windlass.ended();
    let took = begun.elapsed();
    drop(attack);
    assert_eq!(status.code(), Some(0), "after {took:?}: {}", windlass.said());
    assert!(took < BOUND, "{took:?}");
    (windlass.said(), took)
}

fn sockets(pid: Pid) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

#[test]
fn a_server_ends_in_time_and_with_0_under_every_attack_at_once() {
    let (said, _) = ends_well_under(
        &[
            (40, attack::slow_body),
            (40, attack::unread_answers),
            (30, attack::half_head),
            (30, attack::calls),
            (20, attack::unread_stream),
            (20, attack::closed_windows),
            (20, attack::connects),
            (20, attack::resets),
        ],
        &[],
    );
    assert!(said.contains("cut off"), "{said}");
}

#[test]
fn a_server_that_drains_as_long_as_it_may_ends_in_time_and_with_0() {
    ends_well_under(
        &[
            (60, attack::slow_body),
            (50, attack::unread_answers),
            (40, attack::calls),
            (30, attack::closed_windows),
            (20, attack::unread_stream),
        ],
        &["--drain-seconds", "15"],
    );
}

/// Whoever has sent half of a head, or reads no stream, is not waited for.
#[test]
fn what_asks_for_nothing_does_not_hold_up_an_end() {
    let (_, took) = ends_well_under(&[(50, attack::half_head), (50, attack::unread_stream)], &[]);
    assert!(took < BOUND / 2, "{took:?}");
}

/// A Postgres whose processes are all stopped, until this is dropped.
struct Frozen(Vec<Pid>);

impl Frozen {
    fn freeze(postmaster: Pid) -> Self {
        let is_child = |pid: &Pid| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            status.contains(&format!("\nPPid:\t{postmaster}\n"))
        };
        let all = fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| Pid::from_raw(entry.unwrap().file_name().to_str()?.parse().ok()?));
        let mut processes: Vec<Pid> = all.filter(is_child).collect();
        processes.push(postmaster);
        for process in &processes {
            kill_process(*process, Signal::STOP).unwrap();
        }
        Self(processes)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for process in &self.0 {
            // The postmaster may have been killed; the others end when they see that.
            let _ = kill_process(*process, Signal::CONT);
        }
    }
}

#[test]
fn a_database_that_hangs_does_not_delay_the_end_of_a_server() {
    let directory = TestDirectory::new();
    let mut windlass = Windlass::serve(&directory);
    let large = large(&windlass);
    let frozen = Frozen::freeze(directory.postmaster().unwrap());
    let begun: Vec<Request> = (0..20).map(|_| Request::send(windlass.address(), "GET", &large, "")).collect();
    windlass.signal(Signal::TERM);
    let signalled = Instant::now();
    let status = windlass.ended();
    assert!(signalled.elapsed() < BOUND, "{:?}", signalled.elapsed());
    assert_eq!(status.code(), Some(0), "{}", windlass.said());
    drop((begun, frozen));
}
