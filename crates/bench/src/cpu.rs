//! CPU time by process, from /proc: whose microseconds a cycle costs.

use std::collections::HashMap;
use std::fs;
use std::thread::available_parallelism;
use std::time::Instant;

use serde::Serialize;

use crate::sample::count;

/// Clock ticks a second, as Linux has had for its users since 2003.
const TICKS: f64 = 100.0;

/// CPU used in a stretch of time, in cores: 1.0 is one busy core.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Shares {
    /// This process: the load.
    pub(crate) generator: f64,
    /// The servers.
    pub(crate) server: f64,
    /// Postgres with all its processes.
    pub(crate) postgres: f64,
}

/// Whose time is measured.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    servers: Vec<u32>,
    postmaster: u32,
}

/// CPU time used so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    at: Instant,
    used: Shares,
}

/// One process: its parent, its own time, and that of children it has waited for; in seconds.
struct Process {
    parent: u32,
    own: f64,
    waited: f64,
}

impl Meter {
    pub(crate) fn new(servers: Vec<u32>, postmaster: u32) -> Self {
        Self { servers, postmaster }
    }

    /// All zeros where there is no /proc.
    pub(crate) fn read(&self) -> Reading {
        let processes = processes();
        let own = |id: u32| processes.get(&id).map_or(0.0, |process| process.own);
        let backends = processes.values().filter(|process| process.parent == self.postmaster);
        // Sessions that have ended are in what the postmaster has waited for.
        let postmaster = processes.get(&self.postmaster).map_or(0.0, |process| process.own + process.waited);
        let used = Shares {
            generator: own(std::process::id()),
            server: self.servers.iter().map(|id| own(*id)).sum(),
            postgres: postmaster + backends.map(|process| process.own).sum::<f64>(),
        };
        Reading { at: Instant::now(), used }
    }
}

impl Reading {
    /// What was used since, by time.
    pub(crate) fn until(&self, later: &Self) -> Shares {
        let seconds = (later.at - self.at).as_secs_f64();
        let share = |before: f64, after: f64| (after - before).max(0.0) / seconds;
        Shares {
            generator: share(self.used.generator, later.used.generator),
            server: share(self.used.server, later.used.server),
            postgres: share(self.used.postgres, later.used.postgres),
        }
    }
}

impl Shares {
    /// The mean; zeros of none.
    pub(crate) fn mean<'a>(all: impl ExactSizeIterator<Item = &'a Self>) -> Self {
        let share = 1.0 / count(all.len().max(1));
        all.fold(Self::default(), |sum, one| sum.plus(&one.times(share)))
    }

    /// All of them so many times.
    pub(crate) fn times(&self, factor: f64) -> Self {
        Self {
            generator: self.generator * factor,
            server: self.server * factor,
            postgres: self.postgres * factor,
        }
    }

    /// All together.
    pub(crate) fn sum(&self) -> f64 {
        self.generator + self.server + self.postgres
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            generator: self.generator + other.generator,
            server: self.server + other.server,
            postgres: self.postgres + other.postgres,
        }
    }
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Resident memory of a process, in MiB.
pub(crate) fn resident_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / 1024.0)
}

fn processes() -> HashMap<u32, Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    ids.filter_map(|id| Some((id, parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)?))).collect()
}

/// After the name in parentheses, which may hold anything: state, parent, …, and from the 12th field on user and system time, of the
/// process and of its children.
fn parse(stat: &str) -> Option<Process> {
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let seconds = |at: usize| Some(fields.get(at)?.parse::<f64>().ok()? / TICKS);
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(11)? + seconds(12)?,
        waited: seconds(13)? + seconds(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 30 20 20 0 1 0 5 6 7";
        let process = parse(stat).unwrap();
        assert_eq!((process.parent, process.own, process.waited), (7, 2.0, 0.5));
    }
}
