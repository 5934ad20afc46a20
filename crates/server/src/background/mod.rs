//! Work that nobody asks for: each duty is a tick, one file each, and one driver owns their time.
//!
//! | duty | what | every |
//! |---|---|---|
//! | [`sweep`] | ends expired leases and timed-out attempts | 1 s |
//! | [`promote`] | makes due tasks and jobs wait | 0.5 s |
//! | [`deadlines`] | cancels pipelines past their deadline | 1 s |
//! | [`schedules`] | makes the pipelines of schedules whose time has come | 1 s |
//! | [`settle`] | brings back what a retry made stale, writes the effective state of what an ended job did | 2 s |
//! | [`statistics`] | has tables that outgrew their statistics looked at anew | 3 s |
//! | [`texts`] | indexes the metadata of pipelines that are older than its index | 30 s |
//! | [`partitions`] | makes the partitions of the days to come | 1 h |
//! | [`prune`] | deletes old history | 60 s |
//! | [`ping`] | asks whether the database can be written to, looks for another host if not | 1 s |
//! | [`nudge`] | finds what another server made ready for waiting polls | 0.75 s, if any waits; 3 s where other servers are heard |
//! | [`workers`] | writes down which workers asked | 1 s |
//! | [`servers`] | writes down that this server runs | 5 s |
//! | [`history`] | adds what this server saw of each type to the history of queues | 10 s |
//! | [`jobnik_counts`] | makes one row of many in the counters of Jobnik's surface | 5 s |
//! | [`keys`] | writes down when keys were last used | 30 s |
//! | [`vitals`] | asks how the database is doing, for `/metrics` | 10 s |
//! | [`webhooks`] | writes down what webhooks are to be told of the audit | 0.2 s, if there is any |
//! | [`deliveries`] | sends it | 0.2 s, if there is any |
//! | [`upkeep`] | drains the metrics' histograms | 5 s |
//!
//! Every tick is bounded and safe to run on several servers at once. One that fails changes nothing and is tried
//! again with back-off; `/readyz` says so ([`Health`](crate::health::Health)).

mod deadlines;
mod deliveries;
mod driver;
mod duties;
mod history;
mod jobnik_counts;
mod keys;
mod nudge;
mod partitions;
mod ping;
mod promote;
mod prune;
mod schedules;
mod servers;
mod settle;
mod statistics;
mod sweep;
mod texts;
mod tick;
mod upkeep;
mod vitals;
mod webhooks;
mod workers;

pub(crate) use duties::start;
pub(crate) use schedules::PLACES as SCHEDULE_PLACES;
pub(crate) use vitals::LastVitals;
