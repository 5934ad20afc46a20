//! The log of tasks: lines of their workers for people, in pieces that are only ever added.
//!
//! A piece is a row of up to 100 lines, so that a call or a report writes one row and not a hundred. How much an attempt has used of its bytes is in its newest piece:
//! nothing is counted, and nothing that is hot is written. Whoever adds one holds the attempt's lease, so that pieces come in the order of their numbers
//! and none is judged by an older piece than the one before it. A report adds its own before it holds anything, and has them checked under its locks.
//!
//! What it deliberately does not do: search. How it fails: what does not fit is dropped and counted, and reading the log says so.

mod add;
mod keys;
mod line;
mod newest;
mod piece;
mod plan;
mod read;
mod rows;
mod write;

pub(crate) use add::{Added, add_unheld};
pub use line::{LogLine, Logged, LoggedLine, NotLogged};
pub(crate) use plan::NewLines;
pub use read::{LogFilter, LogPage};
pub use write::{LogCall, LogItem, RenderLog};
