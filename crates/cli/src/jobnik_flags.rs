//! What can be said about the surface for Jobnik's clients.

use std::fmt::{self, Display};
use std::str::FromStr;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::seconds::Seconds;

/// What Jobnik's clients are answered; names and meanings of the settings.
#[derive(Args, Serialize)]
pub(crate) struct JobnikFlags {
    /// Whether Jobnik's clients are answered below /jobnik [default: true]
    #[arg(long, env = "WINDLASS_JOBNIK", value_name = "BOOL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    jobnik: Option<bool>,

    /// Seconds that a task may take which a Jobnik client has dequeued, from 10 to 86400; then its attempt has failed [default: 1800]
    #[arg(long, env = "WINDLASS_JOBNIK_LEASE_SECONDS", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    jobnik_lease_seconds: Option<Seconds<10, 86_400>>,

    /// What Jobnik's clients may do without a key in mode keys, which they cannot send: scopes, separated by commas, such as
    /// `produce,work,read` [default: nothing]
    #[arg(long, env = "WINDLASS_JOBNIK_ANONYMOUS", value_name = "SCOPES", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    jobnik_anonymous: Option<Vec<Scope>>,
}

/// A scope that those may have who show no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Scope(pub(crate) windlass_server::Scope);

impl FromStr for Scope {
    type Err = NoScope;

    fn from_str(text: &str) -> Result<Self, NoScope> {
        use windlass_server::Scope::{Produce, Read, Work};
        let scope =
            windlass_server::Scope::parse(text).filter(|scope| matches!(scope, Produce | Work | Read));
        scope.map(Self).ok_or(NoScope)
    }
}

impl TryFrom<String> for Scope {
    type Error = NoScope;

    fn try_from(text: String) -> Result<Self, NoScope> {
        text.parse()
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.as_str().to_owned()
    }
}

/// It is none of them.
#[derive(Debug)]
pub(crate) struct NoScope;

impl Display for NoScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("must be produce, work or read")
    }
}

impl std::error::Error for NoScope {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_surface_asks_for_can_be_given_away() {
        for right in ["produce", "work", "read"] {
            assert_eq!(String::from(right.parse::<Scope>().unwrap()), right);
        }
        for wrong in ["admin", "operate", "", "Work"] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }
}
