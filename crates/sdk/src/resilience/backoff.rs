//! Waiting ever longer, without all clients doing so at once.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// How a safe call is repeated while its failure is one that passes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The delay before the first repetition; each further one is twice as long. To each a random part of up to its own length is
    /// added. Default 100 ms.
    pub min_delay: Duration,
    /// The longest delay, without its random part. Default 2.5 s.
    pub max_delay: Duration,
    /// All delays together; a call fails when the next one would exceed this. Default 15 s; zero never repeats.
    pub total_delay: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(100),
            max_delay: Duration::from_millis(2500),
            total_delay: Duration::from_secs(15),
        }
    }
}

impl Backoff {
    /// Repeats nothing.
    pub const NEVER: Self =
        Self { min_delay: Duration::ZERO, max_delay: Duration::ZERO, total_delay: Duration::ZERO };

    /// The delays one after the other, without an end.
    pub(crate) fn delays(self) -> impl Iterator<Item = Duration> + Send {
        let doubling =
            ExponentialBuilder::new().with_min_delay(self.min_delay).with_max_delay(self.max_delay);
        doubling.with_factor(2.0).with_jitter().without_max_times().build()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn delays_double_up_to_the_longest_and_are_spread() {
        let ms = Duration::from_millis;
        let delays: Vec<_> = Backoff::default().delays().take(12).collect();
        for (n, delay) in delays.iter().enumerate() {
            let least = ms(100 * (1 << n)).min(ms(2500));
            assert!((least..=least * 2).contains(delay), "delay {n} is {delay:?}");
        }
        assert_ne!(delays[10], delays[11], "two delays of one length differ by their random part");
    }
}
