//! What `windlass doctor` looks at, each thing by itself: one that cannot be looked at hides no other.
//!
//! *Wrong* is what needs somebody; *look* is what may. The bounds are those of `deploy/prometheus/alerts.yml` where it has them.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use serde::Serialize;
use tokio::time::timeout;
use windlass_sdk::Error;
use windlass_sdk::wire::{Code, Queue, RunOutcome, Schedule, System, SystemDisk, Webhook};

use super::patience::told;
use super::screen::{from_now, length, now};
use super::server::Server;

/// Clocks that differ by more are looked at; by much more they are wrong.
const CLOCK_LOOK: TimeDelta = TimeDelta::seconds(2);
const CLOCK_WRONG: TimeDelta = TimeDelta::seconds(60);
/// Transactions that hold back vacuum.
const VACUUM_LOOK: u64 = 1_000_000;
const VACUUM_WRONG: u64 = 5_000_000;
/// Seconds for which a transaction holds back readers of events.
const TRANSACTION_WRONG: f64 = 60.0;
/// Room on the disk, and in per cent of what the database takes.
const DISK_LOOK: (u64, u64) = (5 << 30, 20);
const DISK_WRONG: (u64, u64) = (1 << 30, 5);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Names that are told.
const MOST_NAMES: usize = 3;

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    Well,
    Look,
    Wrong,
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    pub(super) how: How,
    pub(super) text: String,
}

impl How {
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Look => "look",
            Self::Wrong => "WRONG",
            Self::Unknown => "?",
        }
    }
}

/// Looks at everything; at a server that does not answer nothing else can be seen.
pub(super) async fn all(server: &Server) -> Vec<Finding> {
    let alive = server.ask(server.healthz()).await;
    if let Err(error) = alive {
        return vec![finding("server", How::Wrong, format!("{}: {}", server.address(), told(&error)))];
    }
    let mut findings = vec![finding("server", How::Well, format!("{} answers", server.address()))];
    findings.push(match server.ask(server.readyz()).await {
        Ok(()) => finding("database", How::Well, "it and all background work are well"),
        Err(error) => {
            let detail = error.problem().map_or_else(|| told(&error), |problem| problem.detail.clone());
            finding("database", How::Wrong, detail)
        }
    });
    // At once, and each for a few seconds only: where the database is away none of them would answer.
    let looks = async {
        let begun = now();
        let system = limited(server.get_system()).await;
        (system, begun, now())
    };
    let looked = server.ask(async {
        Ok(tokio::join!(
            looks,
            limited(server.queues().try_collect()),
            limited(server.schedules(None).try_collect()),
            limited(server.webhooks().try_collect()),
        ))
    });
    let Ok(((system, begun, ended), of_queues, of_schedules, of_webhooks)) = looked.await else {
        return findings;
    };
    match system {
        Ok(system) => {
            findings.push(versions(&system));
            findings.push(clock(&system, begun + (ended - begun) / 2, ended - begun));
            findings.push(vacuum(&system));
            findings.push(disk(system.database.disk.as_ref(), system.database.size_bytes));
        }
        Err(why) => findings.extend(
            ["versions", "clock", "vacuum", "disk"].map(|what| finding(what, How::Unknown, why.as_str())),
        ),
    }
    let unseen = |what| move |why: String| finding(what, How::Unknown, why);
    findings.push(of_queues.map_or_else(unseen("queues"), |all: Vec<Queue>| queues(&all)));
    findings.push(of_schedules.map_or_else(unseen("schedules"), |all: Vec<Schedule>| schedules(&all)));
    findings.push(of_webhooks.map_or_else(unseen("webhooks"), |all: Vec<Webhook>| webhooks(&all)));
    findings
}

/// The answer, or why there is none.
async fn limited<T>(call: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    match timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(match error.code() {
            Some(Code::Forbidden | Code::Unauthorized) => {
                "the key does not allow to look (it needs the scope read)".to_owned()
            }
            Some(Code::RouteNotFound) => "the server is too old to say".to_owned(),
            _ => told(&error),
        }),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

fn finding(what: &'static str, how: How, text: impl Into<String>) -> Finding {
    Finding { what, how, text: text.into() }
}

fn versions(system: &System) -> Finding {
    let own = env!("CARGO_PKG_VERSION");
    let mut others: Vec<&str> = system.servers.iter().map(|server| server.version.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    let database = &system.database;
    let number = match system.servers.len() {
        0 | 1 => "1 server".to_owned(),
        number => format!("{number} servers"),
    };
    let text = format!(
        "windlass {} on {number}, Postgres {}, schema {}",
        system.version, database.version, database.schema_version
    );
    if others.iter().any(|version| *version != system.version) {
        return finding(
            "versions",
            How::Look,
            format!("{text}; servers of several versions: {}", others.join(", ")),
        );
    }
    if own != system.version {
        return finding("versions", How::Look, format!("{text}; this command is {own}"));
    }
    finding("versions", How::Well, text)
}

/// Of three clocks; the way to the server and back makes none of them wrong.
fn clock(system: &System, here: chrono::DateTime<chrono::Utc>, way: TimeDelta) -> Finding {
    let server = (system.at - system.database.at).abs();
    let own = ((here - system.database.at).abs() - way / 2).max(TimeDelta::zero());
    let differ = server.max(own);
    let how = match differ {
        differ if differ > CLOCK_WRONG => How::Wrong,
        differ if differ > CLOCK_LOOK => How::Look,
        _ => How::Well,
    };
    let seconds = |length: TimeDelta| format!("{:.1} s", length.as_seconds_f64());
    let text = if how == How::Well {
        "those of this machine, the server and the database agree".to_owned()
    } else {
        let (server, own) = (seconds(server), seconds(own));
        format!(
            "from the database's clock, which decides, the server's differs by {server} and this machine's by {own}"
        )
    };
    finding("clock", how, text)
}

fn vacuum(system: &System) -> Finding {
    let (Some(snapshot), Some(seconds)) =
        (system.database.oldest_snapshot_transactions, system.database.oldest_transaction_seconds)
    else {
        return finding("vacuum", How::Unknown, "the server has not looked yet: ask again in 10 s");
    };
    if snapshot > VACUUM_WRONG {
        return finding(
            "vacuum",
            How::Wrong,
            format!("held back by a snapshot {snapshot} transactions old; look for it in pg_stat_activity"),
        );
    }
    if seconds > TRANSACTION_WRONG {
        let since = length(seconds_of(seconds));
        return finding(
            "vacuum",
            How::Wrong,
            format!(
                "a transaction has been open for {since}: events are shown no further; look in pg_stat_activity"
            ),
        );
    }
    if snapshot > VACUUM_LOOK {
        return finding("vacuum", How::Look, format!("held back by a snapshot {snapshot} transactions old"));
    }
    finding("vacuum", How::Well, "nothing holds it back")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn seconds_of(seconds: f64) -> u64 {
    seconds.clamp(0.0, 1e15) as u64
}

fn disk(disk: Option<&SystemDisk>, size_bytes: u64) -> Finding {
    let size = bytes(size_bytes);
    let Some(disk) = disk else {
        let why = "the server does not see its disk, which may be another machine's";
        return finding("disk", How::Unknown, format!("the database takes {size}; {why}"));
    };
    let share = disk.free_bytes.saturating_mul(100) / disk.total_bytes.max(1);
    let is_below = |(bytes, share): (u64, u64)| disk.free_bytes < bytes.max(size_bytes / 100 * share);
    let how = match (is_below(DISK_WRONG), is_below(DISK_LOOK)) {
        (true, _) => How::Wrong,
        (false, true) => How::Look,
        (false, false) => How::Well,
    };
    let (free, total) = (bytes(disk.free_bytes), bytes(disk.total_bytes));
    finding("disk", how, format!("the database takes {size}, {free} of {total} are free ({share}%)"))
}

/// A size in its largest unit.
#[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit < UNITS.len() - 1 {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

fn queues(queues: &[Queue]) -> Finding {
    let waiting = queues.iter().filter(|queue| queue.queued > 0);
    let alone = waiting.clone().filter(|queue| queue.workers == 0 && !queue.paused);
    let alone: Vec<String> =
        alone.map(|queue| format!("{} ({} queued)", queue.r#type, queue.queued)).collect();
    if !alone.is_empty() {
        return finding("queues", How::Wrong, format!("no worker asks for {}", named(&alone)));
    }
    let paused: Vec<String> =
        waiting.filter(|queue| queue.paused).map(|queue| queue.r#type.clone()).collect();
    if !paused.is_empty() {
        return finding("queues", How::Look, format!("tasks wait in paused queues: {}", named(&paused)));
    }
    finding("queues", How::Well, "workers ask for all that waits")
}

fn schedules(schedules: &[Schedule]) -> Finding {
    let failed = schedules.iter().filter_map(|schedule| {
        let run = schedule.last_run.as_ref().filter(|run| run.outcome == RunOutcome::Failed)?;
        Some(format!("{} ({})", schedule.name, from_now(run.scheduled_at, now())))
    });
    let failed: Vec<String> = failed.collect();
    if failed.is_empty() {
        return finding("schedules", How::Well, "the last run of none has failed");
    }
    finding("schedules", How::Wrong, format!("the last run failed of {}", named(&failed)))
}

fn webhooks(webhooks: &[Webhook]) -> Finding {
    let failing = webhooks.iter().filter_map(|webhook| {
        let since = webhook.failing_since?;
        Some(format!("{} ({})", webhook.url, from_now(since, now())))
    });
    let failing: Vec<String> = failing.collect();
    if failing.is_empty() {
        return finding("webhooks", How::Well, "none fails");
    }
    finding("webhooks", How::Wrong, format!("failing since: {}", named(&failing)))
}

fn named(all: &[String]) -> String {
    let named = all.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if all.len() > MOST_NAMES { format!("{named} and {} more", all.len() - MOST_NAMES) } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_their_largest_unit() {
        for (size, expected) in [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 40, "5.0 TiB")] {
            assert_eq!(bytes(size), expected);
        }
    }

    #[test]
    fn a_disk_that_is_nearly_full_is_wrong() {
        let how = |free: u64, size: u64| {
            disk(Some(&SystemDisk { free_bytes: free << 30, total_bytes: 1 << 50 }), size << 30).how
        };
        assert_eq!([0, 1, 4, 5].map(|free| how(free, 1)), [How::Wrong, How::Look, How::Look, How::Well]);
        assert_eq!([4, 6, 21].map(|free| how(free, 100)), [How::Wrong, How::Look, How::Well]);
        assert_eq!(disk(None, 0).how, How::Unknown);
    }

    #[test]
    fn many_names_are_told_in_short() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(named(&names), "a, b, c and 2 more");
        assert_eq!(named(&names[..2]), "a, b");
    }
}
