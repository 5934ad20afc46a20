//! Traces of the built binary, as a collector receives them.

mod collector;
mod shape;
