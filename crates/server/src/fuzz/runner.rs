//! How many cases are tried, and how a flaw is shown to be found.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// At least so many cases; `PROPTEST_CASES` may ask for more.
fn config(cases: u32) -> Config {
    let config = Config::default();
    Config { cases: config.cases.max(cases), failure_persistence: None, ..config }
}

/// Tries `cases` random inputs, at least.
pub(super) fn holds<I: Debug>(
    cases: u32,
    inputs: &impl Strategy<Value = I>,
    check: impl Fn(I) -> Result<(), TestCaseError>,
) {
    TestRunner::new(config(cases)).run(inputs, check).unwrap();
}

/// Some of `cases` inputs, always the same, show that `flaw` is one.
pub(super) fn is_found<I: Debug>(
    flaw: &str,
    cases: u32,
    inputs: &impl Strategy<Value = I>,
    check: impl Fn(I) -> Result<(), TestCaseError>,
) {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(cases), rng);
    assert!(runner.run(inputs, check).is_err(), "not found: {flaw}");
}
