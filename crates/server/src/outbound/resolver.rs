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
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unreachable::Unknown)?;
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
