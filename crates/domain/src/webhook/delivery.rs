//! What becomes of a delivery, and why an attempt of it did not succeed.

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be tried, now or later. Left by a success, the last failure of its schedule, or a 410.
    Pending,
    /// The receiver has taken it. Left by a retry by hand only.
    Delivered,
    /// It is not tried any more. Left by a retry by hand only.
    Failed,
}

impl DeliveryState {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// The word of the public JSON and of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// What that word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// Why an attempt did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptError {
    /// The name has no address.
    Dns,
    /// An address is none that may be called.
    AddressRefused,
    /// Nobody took the connection.
    Connect,
    /// The other side has not proved who it is.
    Tls,
    /// No answer came in time.
    Timeout,
    /// The connection ended before an answer.
    Reset,
    /// The answer was none of success.
    HttpStatus,
    /// The server that made the attempt has gone.
    Interrupted,
    /// Too many deliveries were pending: it was not tried.
    Overflow,
}

impl AttemptError {
    /// All.
    pub const ALL: [Self; 9] = [
        Self::Dns,
        Self::AddressRefused,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::HttpStatus,
        Self::Interrupted,
        Self::Overflow,
    ];

    /// The word of the public JSON, of the store and of metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::AddressRefused => "address_refused",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::HttpStatus => "http_status",
            Self::Interrupted => "interrupted",
            Self::Overflow => "overflow",
        }
    }

    /// What that word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for state in DeliveryState::ALL {
            assert_eq!(DeliveryState::parse(state.as_str()), Some(state));
        }
        for error in AttemptError::ALL {
            assert_eq!(AttemptError::parse(error.as_str()), Some(error));
        }
        assert_eq!(AttemptError::parse("ok"), None);
    }
}
