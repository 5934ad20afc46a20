//! When a delivery that failed is tried again, and when a webhook that never succeeds is paused.

use std::time::Duration;

/// The pause after each failed attempt; after the last one there is none.
const PAUSES: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(12),
    Duration::from_hours(24),
    Duration::from_hours(24),
];
/// How far a pause strays from the table, at the most, as a share of it.
const JITTER: f64 = 0.2;
/// The longest pause that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(6);
/// For how long nothing has succeeded, and how many attempts have failed meanwhile, where a webhook is paused.
const PATIENCE: Duration = Duration::from_hours(3 * 24);
const FAILURES: i64 = 20;

/// How long to wait after so many failed attempts, one at least, of which the last was answered with a wish for so long a pause; `None`: it is
/// not tried again. `draw` is a random number from 0 to 1.
pub fn delay_after(failed: u32, asked: Option<Duration>, draw: f64) -> Option<Duration> {
    let pause = PAUSES.get(usize::try_from(failed.max(1) - 1).ok()?)?;
    Some(asked.map_or_else(|| jittered(*pause, draw), |asked| asked.min(LONGEST_ASKED)))
}

/// A pause that strays by up to a fifth.
fn jittered(pause: Duration, draw: f64) -> Duration {
    pause.mul_f64(1.0 + JITTER * (2.0 * draw.clamp(0.0, 1.0) - 1.0))
}

/// Whether a webhook is paused that has failed for so long, times in which it was paused left out, and so often, without a success between.
pub fn pauses_itself(failing_for: Duration, failures: i64) -> bool {
    failing_for >= PATIENCE && failures >= FAILURES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_are_the_contracts_a_fifth_more_or_less() {
        let seconds = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400, 86_400];
        for (failed, seconds) in (1..).zip(seconds) {
            let pause = Duration::from_secs(seconds);
            assert_eq!(delay_after(failed, None, 0.5), Some(pause), "{failed}");
            assert_eq!(delay_after(failed, None, 0.0), Some(pause.mul_f64(0.8)), "{failed}");
            assert_eq!(delay_after(failed, None, 1.0), Some(pause.mul_f64(1.2)), "{failed}");
        }
        assert_eq!(delay_after(11, None, 0.5), None);
        assert_eq!(delay_after(u32::MAX, None, 0.5), None);
    }

    #[test]
    fn what_the_receiver_asks_for_counts_instead_up_to_6_hours() {
        for (asked, counts) in [(0, 0), (7, 7), (21_600, 21_600), (21_601, 21_600), (u64::MAX, 21_600)] {
            let delay = delay_after(1, Some(Duration::from_secs(asked)), 1.0);
            assert_eq!(delay, Some(Duration::from_secs(counts)));
        }
        assert_eq!(delay_after(11, Some(Duration::ZERO), 0.5), None, "it makes no attempt more");
    }

    #[test]
    fn three_days_and_twenty_failures_pause_a_webhook_neither_alone() {
        let day = Duration::from_hours(24);
        for (days, failures, pauses) in [(3, 20, true), (3, 19, false), (2, 1_000, false), (30, 20, true)] {
            assert_eq!(pauses_itself(day * days, failures), pauses, "{days} days, {failures} failures");
        }
        assert!(!pauses_itself(Duration::from_secs(3 * 86_400 - 1), 20));
    }
}
