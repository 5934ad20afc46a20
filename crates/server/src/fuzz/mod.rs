//! Random input against what the readers of requests promise, and flawed readers, which must be found out.
//!
//! What: bytes of bodies ([`document`]), bodies of creates ([`pipeline`]), cursors ([`cursor`]) and keys
//! ([`credential`]). Why: a reader that is right about all that
//! somebody thought of may be wrong about the rest. What it deliberately does not do: send anything; how requests arrive is a test of the
//! contract's (`tests/contract/conventions/fuzz.rs`). How it fails: by the smallest input that still fails.
//!
//! `make fuzz` tries more; `PROPTEST_RNG_SEED` repeats a run.

mod credential;
mod cursor;
mod document;
mod pipeline;
mod runner;
