//! A panic is a line of the log. The standard hook writes to standard error itself, and waits where nobody reads it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

/// From now on a panic is logged, with a backtrace if `RUST_BACKTRACE` asks for one.
pub(super) fn install() {
    panic::set_hook(Box::new(log));
}

fn log(panic: &PanicHookInfo<'_>) {
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| tracing::field::display(backtrace));
    tracing::error!(
        panic = panic.payload_as_str().unwrap_or("of no words"),
        at = panic.location().map(tracing::field::display),
        backtrace,
        "panicked"
    );
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_panic_is_a_line_of_the_log_that_says_where() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let to = Mutex::new(file.reopen().unwrap());
        tracing::subscriber::with_default(tracing_subscriber::fmt().json().with_writer(to).finish(), || {
            install();
            let _caught = panic::catch_unwind(|| panic!("out of {}", "cheese"));
            drop(panic::take_hook());
        });
        let line: serde_json::Value = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        assert_eq!(line["fields"]["panic"], "out of cheese");
        assert!(line["fields"]["at"].as_str().unwrap().contains("panics.rs:"), "{line}");
    }
}
