//! A host by whose name clients may reach a server without keys.

use std::str::FromStr;

use serde::Deserialize;

use super::host_name::HostName;

/// A name or an address, on any port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AllowedHost(HostName);

/// The text is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no allowed host: it is a name or an address alone, such as jobs.example, 10.0.0.1 or [fd00::1], without a scheme, a \
     port or a path"
)]
pub struct NoHost(String);

impl AllowedHost {
    /// Whether it is this one.
    pub(crate) fn is(&self, host: &HostName) -> bool {
        self.0 == *host
    }
}

impl FromStr for AllowedHost {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        let host = HostName::of(text);
        let is_name = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        };
        match &host {
            HostName::Name(name) if !is_name(name) => Err(NoHost(text.to_owned())),
            _ => Ok(Self(host)),
        }
    }
}

impl TryFrom<String> for AllowedHost {
    type Error = NoHost;

    fn try_from(text: String) -> Result<Self, NoHost> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_an_address_is_a_host_and_nothing_else_is() {
        for right in ["a.example", "A-b_c.example.", "10.0.0.1", "[fd00::1]", "localhost"] {
            let host: AllowedHost = right.parse().unwrap();
            assert!(host.is(&HostName::of(&right.to_ascii_uppercase())), "{right}");
        }
        for wrong in [
            "",
            "*",
            "*.example",
            "a.example:80",
            "https://a.example",
            "a/b",
            "fd00::1",
            "[fd00::1]:80",
            "a b",
            "ä",
        ] {
            assert_eq!(wrong.parse::<AllowedHost>(), Err(NoHost(wrong.to_owned())));
        }
    }
}
