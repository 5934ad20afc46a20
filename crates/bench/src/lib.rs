//! `windlass bench`: what this machine reaches, as ratios.
//!
//! An absolute rate says more about a disk than about a program. So each rate here is set against one that the same Postgres gave in
//! the same minutes: raw SQL run by pgbench, or Windlass itself without the burden in question. Both sides alternate, round by round,
//! and the medians are printed. All goes over real HTTP to a server that is a process of its own, so that the CPU of each can be read:
//! load generator, server, Postgres.
//!
//! What it deliberately does not do: tune anything, judge absolute rates, or touch a Postgres that was there before. It fails when a
//! call is refused, when tasks run out under a measurement, and when the consistency check finds anything afterwards; a goal that
//! is missed is printed, and is no failure. However it ends, what it started is stopped and what it made is removed.

mod address;
mod backlog;
mod baseline;
mod benchmarks;
mod client;
mod connection;
mod cpu;
mod cycle;
mod deadline;
mod error;
mod fill;
mod flags;
mod harness;
mod host;
mod jobnik;
mod load;
mod pgbench;
mod raw;
mod receiver;
mod report;
mod run;
mod sample;
mod scale;
mod server;
mod slow;
mod sql;
mod target;
mod workspace;

pub use error::BenchError;
pub use flags::BenchFlags;
pub use run::bench;
