//! Which of the server's listeners a call came by.

use std::net::IpAddr;

/// A listener, by what is for whom behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// Everything, for everybody.
    Clients,
    /// Health and metrics alone, for the network of those who run the server.
    Metrics,
}

/// The address of this machine that the connection was made to; of a request, for who judges its host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LocalAddress(pub(crate) IpAddr);

/// The address that the connection was made from; of a request for a page, for who counts log-ins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);
