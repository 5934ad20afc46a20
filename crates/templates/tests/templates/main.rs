//! Templates by tables: a schema, a body and parameters in, a body or faults out.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod bounds;
mod edges;
mod expressions;
mod numbers;
mod overlays;
mod parameters;
mod put;
mod repeats;
mod support;
