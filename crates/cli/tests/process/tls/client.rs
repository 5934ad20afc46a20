//! As much of a TLS client as these tests need.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

/// A connection after its handshake.
pub(super) type Private = StreamOwned<ClientConnection, TcpStream>;

/// All versions that rustls has.
pub(super) static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// What a client offers.
pub(super) struct Offer<'a> {
    /// Whom it trusts.
    pub(super) trusts: &'a CertificateDer<'static>,
    pub(super) versions: &'a [&'static SupportedProtocolVersion],
    /// Protocols, the first is preferred.
    pub(super) protocols: &'a [&'a [u8]],
}

impl<'a> Offer<'a> {
    /// Everything, and HTTP/1.1.
    pub(super) fn to(trusts: &'a CertificateDer<'static>) -> Self {
        Self { trusts, versions: &BOTH, protocols: &[b"http/1.1"] }
    }

    /// Connects and shakes hands.
    ///
    /// # Errors
    /// The server is another one, or offers nothing of this.
    pub(super) fn connect(&self, address: &str) -> std::io::Result<Private> {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusts.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = self.protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(stream)
    }
}

/// The version that was agreed on.
pub(super) fn version(stream: &Private) -> Option<ProtocolVersion> {
    stream.conn.protocol_version()
}

/// The status of a call of a path on an open connection, which stays open.
///
/// # Errors
/// The connection has ended.
pub(super) fn status(stream: &mut Private, path: &str) -> std::io::Result<String> {
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer[..length]);
    Ok(answer.split(' ').nth(1).unwrap_or_default().to_owned())
}
