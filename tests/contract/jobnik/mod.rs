//! `docs/contract/jobnik.md`: Jobnik's clients on our engine. The sentences of "How ours differs" by their numbers:
//!
//! | sentence | tests |
//! |---|---|
//! | 1 leases | [`leases`] |
//! | 2 pause and resume | [`pausing`] |
//! | 3 aborted | [`aborting`], [`races`] |
//! | 4 failed | [`failing`] |
//! | 5 orders, and tasks added or refused | [`races`], [`stages`] |
//! | 6 what is refused, and who is first | [`requests`], [`order`] |
//! | 7 lists | [`lists`] |
//! | 8 cost | `windlass bench jobnik-16`, `jobnik-64`; [`metrics`] |
//! | 9 repeats | [`repeats`] |
//! | 10 what natives do | [`natives`] |

mod aborting;
mod access;
mod failing;
mod jobs;
mod leases;
mod lists;
mod metrics;
mod natives;
mod order;
mod pausing;
mod races;
mod repeats;
mod requests;
mod service;
mod stages;
mod support;
mod tasks;
