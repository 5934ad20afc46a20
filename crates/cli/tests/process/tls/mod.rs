//! HTTPS, and certificates that change while the server runs.

mod certificate;
mod client;
mod handshakes;
mod reload;
mod starts;

pub(crate) use certificate::{Certificate, Files};
