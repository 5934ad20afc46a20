//! The name of a host, in the one form in which two of them can be compared.

use std::net::{IpAddr, Ipv6Addr};

/// An address, or a name in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HostName {
    /// An address as it is written in a URL, of IPv6 in brackets; one of IPv4 within IPv6 is the one of IPv4.
    Address(IpAddr),
    /// What is no address.
    Name(String),
}

impl HostName {
    /// What the text names.
    pub(crate) fn of(text: &str) -> Self {
        let within = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address = match within {
            Some(within) => within.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            None => text.parse().ok().filter(IpAddr::is_ipv4),
        };
        address.map_or_else(
            || Self::Name(text.to_ascii_lowercase()),
            |address| Self::Address(address.to_canonical()),
        )
    }

    /// Whether it is this machine as seen from itself: `localhost`, `127.0.0.0/8` or `[::1]`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Name(name) => name == "localhost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_name_is_one_in_any_case_and_form_and_nothing_that_looks_like_it_is() {
        for loopback in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.255.3.4",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(HostName::of(loopback).is_loopback(), "{loopback}");
        }
        for other in [
            "localhost.",
            "localhost.example",
            "my.localhost",
            "127.1",
            "127.0.0.1.example",
            "0x7f.0.0.1",
            "[::2]",
            "::1",
            "0.0.0.0",
            "[::]",
            "128.0.0.1",
            "[127.0.0.1]",
        ] {
            assert!(!HostName::of(other).is_loopback(), "{other}");
        }
    }

    #[test]
    fn names_are_the_same_in_any_case_and_addresses_however_they_are_written() {
        for (one, other) in [
            ("Jobs.Example", "jobs.example"),
            ("[2001:DB8::1]", "[2001:db8:0::1]"),
            ("[::ffff:10.0.0.1]", "10.0.0.1"),
        ] {
            assert_eq!(HostName::of(one), HostName::of(other));
        }
        assert_ne!(HostName::of("a.example"), HostName::of("a.example."));
    }
}
