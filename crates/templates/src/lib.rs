//! Templates and schedules as pure functions: parameters in, the body of a pipeline out; an instant in, the next time out.
//!
//! JSON comes and goes as text, because any tree of numbers would change some of them. This crate depends on nothing of ours, reads no clock,
//! draws no random number and does no I/O: how long a rendering may go on is asked of the caller. How it fails: with what is wrong and where,
//! for people; a template of a stranger costs a bounded number of steps and bytes.

mod template;
mod times;

pub use template::{Fault, Given, Probe, RenderError, Rendered, Run, ScheduledRun, Template, canonical};
pub use times::{Look, MadeUp, Pattern, Rhythm, Times, Zone, local_text, look};
