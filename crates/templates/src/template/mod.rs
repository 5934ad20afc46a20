//! A template: a pipeline with expressions in it, and JSON Schema for its parameters.
//!
//! [`parse`] reads and checks one, [`rendering`] fills it in. [`parameters`] are checked and completed by the schema, [`expression`]s are
//! `MiniJinja`'s, made strict. What it deliberately does not do: know what a pipeline is made of beyond `jobs`, `tasks`, `depends_on`,
//! `for_each` and `if`. The rest is read from the rendered body by whoever creates the pipeline; [`probe`] is what of a template can be
//! read so before it is rendered.

mod canonical;
mod edges;
mod expression;
mod fault;
mod given;
mod json;
mod names;
mod node;
mod number;
mod parameters;
mod parse;
mod place;
mod probe;
mod rendering;
mod run;

pub use canonical::canonical;
pub use fault::{Fault, RenderError};
pub use given::Given;
pub use parse::Template;
pub use probe::Probe;
pub use rendering::Rendered;
pub use run::{Run, ScheduledRun};
