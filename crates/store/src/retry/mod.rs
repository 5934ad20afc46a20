//! Retry by hand: brings ended jobs, and those skipped because of them, back into the line. History stays and attempts are counted on.
//!
//! The caller holds the control row and every job of the pipeline that is not open. First a plan, pure and over the whole graph: which jobs come
//! back, and which of their edges are unmet then. Only then rows are written: those of jobs, however many tasks they have. Task rows are stale
//! then, read through their job, and brought back later but for the first ones (`back.rs`).

mod back;
mod carry_out;
mod fixpoint;
mod plan;
mod reopen;
mod scope;
mod take_back;
mod whole;

pub(crate) use back::{Back, bring_back, bring_one_back, write_back};
pub(crate) use carry_out::carry_out;
pub use scope::Scope;
pub(crate) use scope::Tasks;
pub(crate) use whole::{lock_whole, pipeline_of, plan};
