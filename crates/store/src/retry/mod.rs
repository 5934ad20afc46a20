//! Retry by hand: brings ended jobs, and what hangs on them, back into the line. History stays and attempts are counted on.
//!
//! The caller holds the control row and every job of the pipeline that the retry may change. First a plan, pure and over the whole graph: which jobs
//! come back or wait again, and which of their edges are unmet then. Only then rows are written: those of jobs, however many tasks they have. Task
//! rows are stale then, read through their job, and brought back later but for the first ones (`back.rs`).

mod back;
mod below;
mod cancelled_by_hand;
mod carry_out;
mod fixpoint;
mod plan;
mod reopen;
mod scope;
mod take_back;
mod wait_again;
mod whole;

pub(crate) use back::{Back, bring_back, bring_one_back, write_back};
pub(crate) use below::{below, runs_below};
pub(crate) use cancelled_by_hand::{count_cancels, forget_cancel};
pub(crate) use carry_out::carry_out;
pub(crate) use fixpoint::plan;
pub(crate) use scope::Tasks;
pub use scope::{Descendants, Scope};
pub(crate) use whole::{lock_whole, pipeline_of};
