//! How urgent a pipeline is.

/// A pipeline's priority; tasks of a higher one are dequeued first. Stored as its rank, 0 first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord)]
pub enum Priority {
    /// Rank 0.
    VeryHigh,
    /// Rank 1.
    High,
    /// Rank 2, the default.
    #[default]
    Medium,
    /// Rank 3.
    Low,
    /// Rank 4.
    VeryLow,
}

impl Priority {
    /// All, most urgent first.
    pub const ALL: [Self; 5] = [Self::VeryHigh, Self::High, Self::Medium, Self::Low, Self::VeryLow];

    /// The word of the public JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VeryHigh => "very_high",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::VeryLow => "very_low",
        }
    }

    /// The priority of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.as_str() == word)
    }

    /// The rank that the store orders by, most urgent lowest.
    pub fn rank(self) -> i16 {
        self as i16
    }

    /// The priority of that rank.
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|priority| priority.rank() == rank)
    }
}
