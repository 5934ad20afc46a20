//! What schedules do at their times.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$variant),*];

            /// The word of the public JSON and of the store.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What that word means.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.as_str() == word)
            }
        }
    };
}

words! {
    /// What becomes of a run while an earlier pipeline of the schedule has not ended.
    Overlap {
        /// It is recorded, and not made.
        Skip = "skip",
        /// It is made all the same.
        Allow = "allow",
        /// It is made, after the earlier ones are cancelled with clean-up.
        Cancel = "cancel",
        /// It waits for the earlier one's end. One waits at the most; later ones are not made.
        Wait = "wait",
    }
}

words! {
    /// What is made up of times that came while no server was up.
    Missed {
        /// Nothing.
        Skip = "skip",
        /// The newest.
        One = "one",
        /// Each, the newest 1,000 at the most.
        All = "all",
    }
}

words! {
    /// What became of one time of a schedule.
    RunOutcome {
        /// A pipeline was made.
        Created = "created",
        /// It waits for the end of an earlier pipeline. Left to `created` or `failed`.
        Waiting = "waiting",
        /// An earlier pipeline had not ended.
        Skipped = "skipped",
        /// It came, perhaps with others before it, while no server was up, and is not made up.
        Missed = "missed",
        /// Its rendering or its creation failed.
        Failed = "failed",
        /// A person had it made.
        Triggered = "triggered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_read_as_it_is_written() {
        for overlap in Overlap::ALL {
            assert_eq!(Overlap::parse(overlap.as_str()), Some(overlap));
        }
        for missed in Missed::ALL {
            assert_eq!(Missed::parse(missed.as_str()), Some(missed));
        }
        for outcome in RunOutcome::ALL {
            assert_eq!(RunOutcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(Overlap::parse("Skip"), None);
    }
}
