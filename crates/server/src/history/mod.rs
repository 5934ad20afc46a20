//! What each type did in each minute, as this server saw it: kept in memory until a duty adds it to what the others saw.
//!
//! It counts what the metrics count, and by the database's clock: each lease and each end of an attempt belongs to the minute that its row says.
//! What it deliberately does not do: ask the database. How it fails: a server that crashes loses what was not added yet, less than a minute.

mod minutes;
mod tally;

pub(crate) use minutes::Minutes;
