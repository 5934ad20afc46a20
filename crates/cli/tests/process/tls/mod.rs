//! HTTPS, and certificates that change while the server runs.

mod certificate;
mod client;
mod handshakes;
mod reload;
mod starts;
