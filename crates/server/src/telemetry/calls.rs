//! How long calls of Jobnik's surface took, under the name and the labels that its boards read.
//!
//! It is no metric of ours, so it is not in the recorder: `/metrics` does not show it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Its name.
const NAME: &str = "http_request_duration_seconds";
/// Seconds that separate the calls.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Calls by status, method and operation: as many as the surface has, times the statuses that it answers.
#[derive(Default)]
pub(crate) struct CallSeconds(Mutex<BTreeMap<(u16, &'static str, &'static str), Observed>>);

/// What was seen of one kind of calls.
#[derive(Default, Clone, Copy)]
struct Observed {
    /// By the first bound that each is not above.
    below: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

impl CallSeconds {
    /// Adds a call that was answered.
    pub(crate) fn add(&self, status: u16, method: &'static str, operation: &'static str, took: Duration) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let observed = all.entry((status, method, operation)).or_default();
        let seconds = took.as_secs_f64();
        if let Some(at) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            observed.below[at] += 1;
        }
        observed.count += 1;
        observed.seconds += seconds;
    }

    /// All, for Prometheus.
    pub(crate) fn render(&self) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = format!(
            "# HELP {NAME} duration of calls of Jobnik's surface (seconds)\n# TYPE {NAME} histogram\n"
        );
        for ((status, method, operation), observed) in all {
            let labels = format!("status_code=\"{status}\",method=\"{method}\",operation=\"{operation}\"");
            let mut so_far = 0;
            for (bound, below) in BOUNDS.iter().zip(observed.below) {
                so_far += below;
                write(&mut text, format_args!("{NAME}_bucket{{{labels},le=\"{bound}\"}} {so_far}"));
            }
            write(&mut text, format_args!("{NAME}_bucket{{{labels},le=\"+Inf\"}} {}", observed.count));
            write(&mut text, format_args!("{NAME}_sum{{{labels}}} {}", observed.seconds));
            write(&mut text, format_args!("{NAME}_count{{{labels}}} {}", observed.count));
        }
        text
    }
}

fn write(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("a String takes any text");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let seconds = CallSeconds::default();
        for millis in [1, 5, 300, 60_000] {
            seconds.add(200, "GET", "findJobsV1", Duration::from_millis(millis));
        }
        let text = seconds.render();
        let labels = "status_code=\"200\",method=\"GET\",operation=\"findJobsV1\"";
        for (bound, count) in [("0.005", 2), ("0.25", 2), ("0.5", 3), ("10", 3), ("+Inf", 4)] {
            assert!(
                text.contains(&format!("{NAME}_bucket{{{labels},le=\"{bound}\"}} {count}\n")),
                "{bound}: {text}"
            );
        }
        assert!(text.contains(&format!("{NAME}_count{{{labels}}} 4\n")));
    }
}
