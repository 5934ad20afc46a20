//! When a failed attempt is tried again, and after how long.

use std::time::Duration;

/// A job's retry policy.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, 1 to 1,000; default 3.
    pub max_attempts: i32,
    /// Delay after the first failed attempt; default 1 s.
    pub initial_delay: Duration,
    /// What each further delay is multiplied with, 1 to 100; default 2.
    pub factor: f64,
    /// The longest delay before jitter; default 300 s.
    pub max_delay: Duration,
    /// Share of the delay by which it may be shorter or longer, 0 to 1; default 0.2.
    pub jitter: f64,
    /// Categories that are not tried again.
    pub non_retryable: Vec<String>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let words = [
            "validation_error",
            "data_error",
            "configuration_error",
            "authentication_failed",
            "permission_error",
        ];
        Self {
            max_attempts: 3,
            initial_delay: Duration::from_secs(1),
            factor: 2.0,
            max_delay: Duration::from_mins(5),
            jitter: 0.2,
            non_retryable: words.map(str::to_owned).to_vec(),
        }
    }
}

/// What the worker's report asked for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Directive {
    /// As the policy says.
    #[default]
    Auto,
    /// Not again.
    Never,
    /// Again after this long, whatever the policy's delay and categories say.
    After(Duration),
}

/// What happens to the task of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// It is `failed`.
    Fail,
    /// It waits for this long; zero goes straight to `queued`.
    Again(Duration),
}

impl RetryPolicy {
    /// Decides on the failed attempt number `attempt` of `max_attempts`. `chance` is uniform in
    /// `-1.0..=1.0` and picks the delay within the jitter. A retry by hand grants the policy's attempts anew, so what
    /// `max_attempts` has more than the policy was before it: the delays are counted from the first attempt after it.
    pub fn decide(
        &self,
        attempt: i32,
        max_attempts: i32,
        category: &str,
        directive: Directive,
        chance: f64,
    ) -> RetryDecision {
        if attempt >= max_attempts {
            return RetryDecision::Fail;
        }
        match directive {
            Directive::Never => RetryDecision::Fail,
            Directive::After(delay) => RetryDecision::Again(delay),
            Directive::Auto if self.non_retryable.iter().any(|word| word == category) => RetryDecision::Fail,
            Directive::Auto => {
                let before = max_attempts - self.max_attempts;
                RetryDecision::Again(self.delay(attempt - before, chance))
            }
        }
    }

    fn delay(&self, attempt: i32, chance: f64) -> Duration {
        // Zero times a factor that has grown past all numbers would be none.
        if self.initial_delay.is_zero() {
            return Duration::ZERO;
        }
        let grown = self.initial_delay.as_secs_f64() * self.factor.powi(attempt.saturating_sub(1));
        let base = grown.min(self.max_delay.as_secs_f64());
        Duration::from_secs_f64((base * (1.0 + self.jitter * chance)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(seconds: f64) -> RetryDecision {
        RetryDecision::Again(Duration::from_secs_f64(seconds))
    }

    #[test]
    fn delays_grow_by_the_factor_up_to_the_longest() {
        let policy = RetryPolicy { max_attempts: 20, jitter: 0.0, ..RetryPolicy::default() };
        for (attempt, seconds) in [(1, 1.0), (2, 2.0), (3, 4.0), (9, 256.0), (10, 300.0), (19, 300.0)] {
            assert_eq!(policy.decide(attempt, 20, "unknown", Directive::Auto, 0.5), again(seconds));
        }
    }

    #[test]
    fn delays_begin_anew_after_a_retry_by_hand() {
        let policy = RetryPolicy { max_attempts: 3, jitter: 0.0, ..RetryPolicy::default() };
        // It had failed three times, and has three attempts more.
        for (attempt, seconds) in [(4, 1.0), (5, 2.0)] {
            assert_eq!(policy.decide(attempt, 6, "unknown", Directive::Auto, 0.0), again(seconds));
        }
        assert_eq!(policy.decide(6, 6, "unknown", Directive::Auto, 0.0), RetryDecision::Fail);
        // Brought back after its first attempt of three.
        assert_eq!(policy.decide(2, 4, "unknown", Directive::Auto, 0.0), again(1.0));
    }

    #[test]
    fn jitter_moves_the_delay_both_ways_by_its_share() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.decide(1, 3, "unknown", Directive::Auto, 1.0), again(1.2));
        assert_eq!(policy.decide(1, 3, "unknown", Directive::Auto, -1.0), again(0.8));
    }

    #[test]
    fn the_last_attempt_never_is_never_and_the_category_fail() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.decide(3, 3, "unknown", Directive::Auto, 0.0), RetryDecision::Fail);
        assert_eq!(policy.decide(1, 3, "unknown", Directive::Never, 0.0), RetryDecision::Fail);
        assert_eq!(policy.decide(1, 3, "data_error", Directive::Auto, 0.0), RetryDecision::Fail);
    }

    #[test]
    fn a_directed_delay_overrides_the_category_but_never_the_last_attempt() {
        let (policy, after) = (RetryPolicy::default(), Directive::After(Duration::from_secs(7)));
        assert_eq!(policy.decide(1, 3, "data_error", after, 1.0), again(7.0));
        assert_eq!(policy.decide(3, 3, "data_error", after, 1.0), RetryDecision::Fail);
    }

    #[test]
    fn an_overflowing_growth_is_cut_at_the_longest() {
        let policy =
            RetryPolicy { max_attempts: 1_000, factor: 100.0, jitter: 0.0, ..RetryPolicy::default() };
        assert_eq!(policy.decide(999, 1_000, "unknown", Directive::Auto, 0.0), again(300.0));
        let at_once = RetryPolicy { initial_delay: Duration::ZERO, ..policy };
        assert_eq!(at_once.decide(999, 1_000, "unknown", Directive::Auto, 0.0), again(0.0));
    }
}
