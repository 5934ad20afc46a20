//! In which words a webhook is told.

/// The form of a delivery's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WebhookFormat {
    /// As Standard Webhooks has it.
    Standard,
    /// `CloudEvents` 1.0, structured.
    CloudEvents,
    /// A message for Slack and its like.
    Slack,
}

impl WebhookFormat {
    /// All.
    pub const ALL: [Self; 3] = [Self::Standard, Self::CloudEvents, Self::Slack];

    /// The word of the public JSON and of the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::CloudEvents => "cloudevents",
            Self::Slack => "slack",
        }
    }

    /// What that word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// The media type of its bodies.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Standard | Self::Slack => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for format in WebhookFormat::ALL {
            assert_eq!(WebhookFormat::parse(format.as_str()), Some(format));
        }
        assert_eq!(WebhookFormat::parse("Slack"), None);
        assert_eq!(WebhookFormat::CloudEvents.media_type(), "application/cloudevents+json");
    }
}
