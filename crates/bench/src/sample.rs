//! Figures of several rounds, and what to say of them.

use std::time::Duration;

/// Figures that mean the same, one for each round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// The newest; 0 of nothing.
    pub(crate) fn last(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// The newest ones of them.
    pub(crate) fn newest(&self, figures: usize) -> Self {
        Self(self.0[self.0.len().saturating_sub(figures)..].to_vec())
    }

    /// 0 of nothing.
    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The figure below which that share of all lies; 0 of nothing.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
        let at = share * count(last);
        let (below, above) = (sorted[floor(at)], sorted[floor(at.ceil())]);
        below + (above - below) * at.fract()
    }

    /// Least and greatest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        (self.quantile(0.0), self.quantile(1.0))
    }

    /// Each figure divided by the other sample's of the same round.
    pub(crate) fn over(&self, other: &Self) -> Self {
        self.0.iter().zip(&other.0).map(|(figure, other)| figure / other).collect()
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(figures: T) -> Self {
        Self(figures.into_iter().collect())
    }
}

/// A count as a figure.
pub(crate) fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// A length in milliseconds.
pub(crate) fn milliseconds(length: Duration) -> f64 {
    length.as_secs_f64() * 1_000.0
}

/// A figure as a count, rounded down; negative ones are 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such casts saturate")]
pub(crate) fn floor(figure: f64) -> usize {
    figure as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_the_spread_the_ends() {
        let sample: Sample = [5.0, 1.0, 3.0, 4.0].into_iter().collect();
        assert_eq!((sample.median(), sample.spread()), (3.5, (1.0, 5.0)));
        assert!(Sample::default().median().abs() < f64::EPSILON);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let (slow, fast): (Sample, Sample) =
            ([1.0, 10.0].into_iter().collect(), [2.0, 40.0].into_iter().collect());
        assert_eq!(fast.over(&slow).spread(), (2.0, 4.0));
    }
}
