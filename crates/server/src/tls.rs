//! The certificate and key of HTTPS, which can be replaced while connections go on.
//!
//! By rustls: TLS 1.2 or newer, and HTTP/2 or HTTP/1.1 by ALPN. A connection keeps what was there when it began. What it deliberately does
//! not do: read files, or ask clients for certificates. How it fails: a pair that cannot be used changes nothing.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};

/// How HTTP/2 is called in the handshake.
pub(crate) const H2: &[u8] = b"h2";
/// How HTTP/1.1 is.
const HTTP_1_1: &[u8] = b"http/1.1";

/// A certificate, with those that vouch for it, and its key; cheap to clone, and shared by all clones.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<Arc<ServerConfig>>>);

/// Why a certificate and a key cannot be used. The message shows nothing of either.
#[derive(Debug, thiserror::Error)]
pub enum NoTls {
    /// There is no certificate.
    #[error("the certificate's file holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// A certificate cannot be read.
    #[error("the certificate's file is no PEM: {0}")]
    Certificate(#[source] pem::Error),
    /// There is no key, or it cannot be read.
    #[error("the key's file holds no private key in PEM that is not encrypted: {0}")]
    Key(#[source] pem::Error),
    /// They do not fit, or are of a kind that is not known.
    #[error("certificate and key cannot be used together: {0}")]
    Unfit(#[source] rustls::Error),
}

impl Tls {
    /// A certificate, followed by those that vouch for it, and its key, each in PEM.
    ///
    /// # Errors
    /// [`NoTls`] where they cannot be read, or do not fit.
    pub fn new(certificate: &[u8], key: &[u8]) -> Result<Self, NoTls> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(config(certificate, key)?)))))
    }

    /// Uses others for connections that begin from now on.
    ///
    /// # Errors
    /// As [`Tls::new`]; the ones of before are used on.
    pub fn replace(&self, certificate: &[u8], key: &[u8]) -> Result<(), NoTls> {
        let config = Arc::new(config(certificate, key)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Greets one client.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tls")
    }
}

fn config(certificate: &[u8], key: &[u8]) -> Result<ServerConfig, NoTls> {
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(certificate).collect::<Result<_, _>>().map_err(NoTls::Certificate)?;
    if chain.is_empty() {
        return Err(NoTls::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(NoTls::Key)?;
    let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(NoTls::Unfit)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(NoTls::Unfit)?;
    config.alpn_protocols = vec![H2.to_vec(), HTTP_1_1.to_vec()];
    Ok(config)
}
