//! Finds the addresses of a name, and lets a call go only to what was judged: the connection is made to one of these, and to nothing else.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::allowed::AllowedAddresses;
use super::failure::Unreachable;

/// The resolver of a client.
pub(super) struct Resolver {
    pub(super) allowed: AllowedAddresses,
    /// Calls are made without TLS.
    pub(super) plain: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, plain) = (self.allowed.clone(), self.plain);
        Box::pin(async move {
            let found =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unreachable::Unknown)?;
            let addresses: Vec<SocketAddr> = found.collect();
            if addresses.is_empty() {
                return Err(Unreachable::Unknown.into());
            }
            // All, not some: whoever answers for the name says which one is tried.
            if !addresses.iter().all(|address| allowed.let_through(address.ip(), plain)) {
                return Err(Unreachable::Refused.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a name of this machine resolves to, or why it does not.
    async fn resolve(name: &str, allowed: &[&str], plain: bool) -> Result<Vec<SocketAddr>, Unreachable> {
        let allowed = AllowedAddresses::parse(allowed.iter().copied()).unwrap();
        let resolver = Resolver { allowed, plain };
        match resolver.resolve(name.parse().unwrap()).await {
            Ok(addresses) => Ok(addresses.collect()),
            Err(error) => Err(*error.downcast::<Unreachable>().unwrap()),
        }
    }

    #[tokio::test]
    async fn a_name_is_called_only_if_all_of_its_addresses_may_be() {
        for plain in [false, true] {
            assert_eq!(resolve("localhost", &[], plain).await, Err(Unreachable::Refused), "{plain}");
            assert_eq!(
                resolve("localhost", &["10.0.0.0/8"], plain).await,
                Err(Unreachable::Refused),
                "{plain}"
            );
            let all = resolve("localhost", &["127.0.0.0/8", "::1"], plain).await.unwrap();
            assert!(!all.is_empty() && all.iter().all(|address| address.ip().is_loopback()), "{all:?}");
            // One that is not allowed among others refuses them all.
            for some in ["127.0.0.0/8", "::1"] {
                let allowed = AllowedAddresses::parse([some]).unwrap();
                let expected = all.iter().all(|address| allowed.contain(address.ip()));
                assert_eq!(resolve("localhost", &[some], plain).await.is_ok(), expected, "{some}");
            }
        }
    }
}
