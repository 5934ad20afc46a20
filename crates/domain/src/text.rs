//! Bounded text, parsed once at the edge and trusted inside.

use crate::Invalid;

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the bounds that this type promises.
            ///
            /// # Errors
            /// [`Invalid`] naming the bound.
            pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text itself, owned.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// A pipeline's name, or a key's: 1 to 200 characters.
    Name, |text: &str| characters(text, 200)
);
text!(
    /// What ties a pipeline to the producer's own records: 1 to 200 characters.
    CorrelationId, |text: &str| characters(text, 200)
);
text!(
    /// Who leases: 1 to 200 characters.
    WorkerId, |text: &str| characters(text, 200)
);
text!(
    /// Why an operator acted: 1 to 1,000 characters.
    Reason, |text: &str| characters(text, 1_000)
);
text!(
    /// An error's message: at most 4 KiB (4,096 bytes) of UTF-8, possibly empty.
    Message, |text: &str| bytes(text, 4_096)
);
text!(
    /// A job's name within its pipeline: `[A-Za-z0-9._-]{1,100}`.
    JobKey, |text: &str| word(text, 100, "A-Za-z0-9._-", |c| c.is_ascii_alphanumeric() || b"._-".contains(&c))
);
text!(
    /// A schedule's name: `[A-Za-z0-9._-]{1,100}`.
    ScheduleName, |text: &str| word(text, 100, "A-Za-z0-9._-", |c| c.is_ascii_alphanumeric() || b"._-".contains(&c))
);
text!(
    /// A template's name: `[A-Za-z0-9._-]{1,100}`.
    TemplateName, |text: &str| word(text, 100, "A-Za-z0-9._-", |c| c.is_ascii_alphanumeric() || b"._-".contains(&c))
);
text!(
    /// What a worker asks for: 1 to 100 characters.
    TypeName, |text: &str| characters(text, 100)
);
text!(
    /// The kind of an error: `[a-z0-9_.]{1,64}`.
    Category, |text: &str| word(text, 64, "a-z0-9_.", |c| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || b"_.".contains(&c)
    })
);

text!(
    /// An item that a task handles: 1 to 200 characters.
    Subject, |text: &str| characters(text, 200)
);
text!(
    /// What kind of item that is: at most 100 characters, possibly empty.
    SubjectKind, |text: &str| at_most(text, 100)
);
text!(
    /// What became of an item: `[a-z0-9_]{1,64}`.
    Disposition, |text: &str| word(text, 64, "a-z0-9_", |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
);
text!(
    /// Why that became of it: at most 1,000 characters.
    Remark, |text: &str| at_most(text, 1_000)
);
text!(
    /// The version of an item: at most 100 characters.
    VersionLabel, |text: &str| at_most(text, 100)
);

impl Name {
    /// The name of the bootstrap key.
    pub const BOOTSTRAP: &str = "bootstrap";

    /// The name of a key that is made: any but that of the bootstrap key.
    ///
    /// # Errors
    /// [`Invalid`] naming the bound, or that name.
    pub fn of_new_key(text: impl Into<String>) -> Result<Self, Invalid> {
        let name = Self::parse(text)?;
        if name.as_str() == Self::BOOTSTRAP {
            return Err(Invalid(format!("must not be {}, which is another key's", Self::BOOTSTRAP)));
        }
        Ok(name)
    }
}

impl TypeName {
    /// The type of a job that is created by this interface: `[A-Za-z0-9._-]{1,100}`. Others can be asked for: jobs may come to have them otherwise.
    ///
    /// # Errors
    /// [`Invalid`] naming the characters.
    pub fn of_new_job(text: impl Into<String>) -> Result<Self, Invalid> {
        JobKey::parse(text).map(|JobKey(text)| Self(text))
    }
}

impl SubjectKind {
    /// The empty one.
    pub const fn none() -> Self {
        Self(String::new())
    }
}

impl Category {
    /// The lease ran out before a report came.
    pub const LEASE_EXPIRED: &'static str = "lease_expired";
    /// The attempt ran past its job's `timeout_seconds`.
    pub const TIMEOUT: &'static str = "timeout";
    /// The well-known ones; workers may say others.
    pub const WELL_KNOWN: [&'static str; 15] = [
        "system_error",
        Self::TIMEOUT,
        Self::LEASE_EXPIRED,
        "resource_exhaustion",
        "configuration_error",
        "dependency_failure",
        "validation_error",
        "data_error",
        "network_error",
        "api_rate_limited",
        "service_unavailable",
        "authentication_failed",
        "permission_error",
        "quota_exceeded",
        "unknown",
    ];
}

fn characters(text: &str, most: usize) -> Result<(), Invalid> {
    match text.chars().count() {
        n if n == 0 || n > most => Err(Invalid(format!("must have 1 to {most} characters, has {n}"))),
        _ => no_nul(text),
    }
}

fn at_most(text: &str, most: usize) -> Result<(), Invalid> {
    match text.chars().count() {
        n if n > most => Err(Invalid(format!("must have at most {most} characters, has {n}"))),
        _ => no_nul(text),
    }
}

fn bytes(text: &str, most: usize) -> Result<(), Invalid> {
    if text.len() > most {
        return Err(Invalid(format!("must have at most {most} bytes, has {}", text.len())));
    }
    no_nul(text)
}

/// Postgres text cannot hold it, so it is refused by name instead of failing there.
fn no_nul(text: &str) -> Result<(), Invalid> {
    if text.contains('\0') {
        return Err(Invalid("must not contain NUL characters".to_owned()));
    }
    Ok(())
}

fn word(text: &str, most: usize, set: &str, allowed: impl Fn(u8) -> bool) -> Result<(), Invalid> {
    if text.is_empty() || text.len() > most || !text.bytes().all(allowed) {
        return Err(Invalid(format!("must match [{set}]{{1,{most}}}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_at_the_limit_and_fail_one_past_it() {
        assert!(Name::parse("ä".repeat(200)).is_ok());
        assert!(Name::parse("ä".repeat(201)).is_err());
        assert!(Name::parse("").is_err());
        assert!(Name::parse("a\0b").is_err());
        assert!(Name::of_new_key("n".repeat(200)).is_ok());
        assert!(Name::of_new_key("n".repeat(201)).is_err());
        assert!(Name::of_new_key(Name::BOOTSTRAP).is_err());
        assert!(Reason::parse("r".repeat(1_000)).is_ok());
        assert!(Reason::parse("r".repeat(1_001)).is_err());
        assert!(Message::parse("m".repeat(4_096)).is_ok());
        assert!(Message::parse("m".repeat(4_097)).is_err());
        assert!(TypeName::parse("a".repeat(100)).is_ok());
        assert!(TypeName::parse("a".repeat(101)).is_err());
        assert!(TypeName::parse("ä b/\n".repeat(20)).is_ok());
        assert!(TypeName::parse("").is_err());
        assert!(TypeName::of_new_job("a".repeat(100)).is_ok());
        assert!(TypeName::of_new_job("a".repeat(101)).is_err());
        assert!(TypeName::of_new_job("a b").is_err());
        assert!(Category::parse("db.lock_timeout2").is_ok());
        assert!(Category::parse("Upper").is_err());
        assert!(Category::parse("c".repeat(65)).is_err());
    }
}
