//! Networks that may be called beside what is public, also without TLS.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;

use super::address::is_public;

/// Networks that somebody who runs the server has said may be called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct AllowedAddresses(Vec<IpNet>);

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no network such as 10.1.0.0/16, fd00::/8 or 192.168.1.7")]
pub struct NoNetwork(String);

impl AllowedAddresses {
    /// Reads each network: an address and the length of its prefix, or an address alone.
    ///
    /// # Errors
    /// The first text that is none.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, NoNetwork> {
        let network = |text: &str| {
            let text = text.trim();
            let alone = || IpAddr::from_str(text).map(IpNet::from).ok();
            IpNet::from_str(text).ok().or_else(alone).ok_or_else(|| NoNetwork(text.to_owned()))
        };
        texts.into_iter().map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether none is.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this address is one of them, in whichever form it is written.
    pub(super) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether this address may be called: of plain HTTP only what is allowed.
    pub(super) fn let_through(&self, address: IpAddr, plain: bool) -> bool {
        self.contain(address) || !plain && is_public(address)
    }

    /// Whether this machine may be called, by one of its addresses.
    pub(super) fn contain_loopback(&self) -> bool {
        self.contain(Ipv4Addr::LOCALHOST.into()) || self.contain(Ipv6Addr::LOCALHOST.into())
    }
}

impl TryFrom<Vec<String>> for AllowedAddresses {
    type Error = NoNetwork;

    fn try_from(texts: Vec<String>) -> Result<Self, NoNetwork> {
        Self::parse(texts.iter().map(String::as_str))
    }
}

impl fmt::Display for AllowedAddresses {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&texts.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_read_and_nothing_else() {
        let allowed = AllowedAddresses::parse(["10.1.0.0/16", " fd00::/8", "192.168.1.7"]).unwrap();
        assert_eq!(allowed.to_string(), "10.1.0.0/16,fd00::/8,192.168.1.7/32");
        for wrong in ["", "10.1", "10.0.0.0/33", "localhost", "fd00::/129", "10.0.0.0/8/8"] {
            assert_eq!(AllowedAddresses::parse([wrong]), Err(NoNetwork(wrong.to_owned())), "{wrong}");
        }
    }

    #[test]
    fn what_is_allowed_may_be_called_without_tls_and_nothing_else_may() {
        let allowed = AllowedAddresses::parse(["10.1.0.0/16", "8.8.8.8"]).unwrap();
        for (address, by_tls, plain) in [
            ("10.1.2.3", true, true),
            ("::ffff:10.1.2.3", true, true),
            ("10.2.0.1", false, false),
            ("8.8.8.8", true, true),
            ("1.1.1.1", true, false),
            ("::1", false, false),
        ] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(allowed.let_through(address, false), by_tls, "{address}");
            assert_eq!(allowed.let_through(address, true), plain, "{address} plain");
        }
    }
}
