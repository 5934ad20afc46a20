//! `docs/contract/jobnik.md`: Jobnik's clients on our engine. The sentences of "How ours differs" by their numbers:
//!
//! | sentence | tests |
//! |---|---|
//! | 1 leases | [`leases`] |
//! | 2 pause and resume | [`pausing`] |
//! | 3 aborted | [`aborting`], [`races`] |
//! | 4 failed | [`failing`] |
//! | 5 orders, and tasks added or refused | [`races`], [`stages`] |
//! | 6 what is refused, and who is first | [`requests`], [`bodies`], [`absent`], [`order`] |
//! | 7 lists | [`lists`] |
//! | 8 cost | `windlass bench jobnik-16`, `jobnik-64`; [`metrics`]; `jobnik_cost.rs` and `plans/jobnik.rs` of the store's tests |
//! | 9 repeats | [`repeats`] |
//! | 10 what natives do | [`natives`], [`native_jobs`], [`retried`] |

mod aborting;
mod absent;
mod access;
mod bodies;
mod failing;
mod jobs;
mod leases;
mod lists;
mod metrics;
mod native_jobs;
mod natives;
mod one_engine;
mod order;
mod pausing;
mod races;
mod repeats;
mod requests;
mod retried;
mod service;
mod stages;
mod support;
mod tasks;
