//! Parameters: the schema that says which there are, and what a call gives.
//!
//! A schema is a stranger's. Its size, its nodes with every reference unfolded and its patterns are bounded when it is put, and the work of a
//! validation is estimated before it is begun, so that none takes long. Numbers are judged as doubles, and kept to the digit.

mod bounds;
mod complete;
mod parse;
mod patterns;
mod unfold;
mod verdict;

pub(crate) use parse::Parameters;
