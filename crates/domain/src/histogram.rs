//! How many lengths of time lay between fixed bounds, so that what several servers counted in one minute can be added up.

use std::time::Duration;

/// The bound of the first bucket, in seconds: what is shorter counts as that.
const FIRST: f64 = 0.001;
/// Buckets, each up to twice as long as the one before; the last has no bound. That of the last but one is 37 hours.
const BUCKETS: usize = 29;

/// Counts of lengths by bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram(Vec<i32>);

impl Histogram {
    /// Counts one length.
    pub fn add(&mut self, length: Duration) {
        let bucket = bucket_of(length.as_secs_f64());
        if self.0.len() <= bucket {
            self.0.resize(bucket + 1, 0);
        }
        self.0[bucket] = self.0[bucket].saturating_add(1);
    }

    /// Adds what another one has counted.
    pub fn merge(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (mine, count) in self.0.iter_mut().zip(&other.0) {
            *mine = mine.saturating_add(*count);
        }
    }

    /// The counts, as they are stored: up to the last bucket that has any.
    pub fn counts(&self) -> &[i32] {
        &self.0
    }

    /// From stored counts.
    pub fn of_counts(counts: Vec<i32>) -> Self {
        Self(counts)
    }

    /// The length in seconds that a share `rank` of all lengths does not exceed, as exact as its bucket; `None` where there is none.
    pub fn quantile(&self, rank: f64) -> Option<f64> {
        let total: f64 = self.0.iter().map(|count| f64::from(*count)).sum();
        if total <= 0.0 {
            return None;
        }
        let wanted = rank * total;
        let mut below = 0.0;
        for (bucket, count) in self.0.iter().map(|count| f64::from(*count)).enumerate() {
            if count > 0.0 && below + count >= wanted {
                let (from, to) = bounds_of(bucket);
                return Some(from + (to - from) * ((wanted - below) / count).clamp(0.0, 1.0));
            }
            below += count;
        }
        None
    }
}

fn bucket_of(seconds: f64) -> usize {
    (0..BUCKETS - 1).find(|bucket| seconds <= bound(*bucket)).unwrap_or(BUCKETS - 1)
}

fn bounds_of(bucket: usize) -> (f64, f64) {
    let from = if bucket == 0 { 0.0 } else { bound(bucket - 1) };
    // The last one has no end: its beginning is all that is known.
    (from, if bucket >= BUCKETS - 1 { from } else { bound(bucket) })
}

fn bound(bucket: usize) -> f64 {
    let doubled = i32::try_from(bucket).unwrap_or(i32::MAX);
    FIRST * 2.0_f64.powi(doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(seconds: &[f64]) -> Histogram {
        let mut histogram = Histogram::default();
        for length in seconds {
            histogram.add(Duration::from_secs_f64(*length));
        }
        histogram
    }

    #[test]
    fn a_quantile_is_within_the_bucket_of_its_length() {
        assert_eq!(of(&[]).quantile(0.5), None);
        for length in [0.0, 0.001, 0.0011, 0.9, 1.0, 59.0, 3_600.0, 100_000.0] {
            let median = of(&[length; 9]).quantile(0.5).unwrap();
            assert!(
                median <= (length * 2.0).max(FIRST) && median >= length / 2.0 - FIRST,
                "{length}: {median}"
            );
        }
        let spread = of(&[0.01; 95].into_iter().chain([100.0; 5]).collect::<Vec<_>>());
        assert!(spread.quantile(0.5).unwrap() < 0.02);
        assert!(spread.quantile(0.96).unwrap() > 50.0);
    }

    #[test]
    fn what_is_longer_than_all_bounds_is_known_to_be_that() {
        let longest = of(&[1e9]).quantile(0.95).unwrap();
        assert!((longest - bound(BUCKETS - 2)).abs() < 1e-6, "{longest}");
        assert_eq!(of(&[1e9]).counts().len(), BUCKETS);
    }

    #[test]
    fn two_added_up_are_one_of_all_lengths() {
        let (mut one, other) = (of(&[0.001, 3.0]), of(&[3.0, 4_000.0]));
        one.merge(&other);
        assert_eq!(one, of(&[0.001, 3.0, 3.0, 4_000.0]));
        assert_eq!(Histogram::of_counts(one.counts().to_vec()), one);
    }
}
