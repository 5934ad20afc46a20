//! Certificates that tests make for themselves, in files.

use std::fs;
use std::path::PathBuf;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// A certificate for `localhost` that is its own authority, and its key, in PEM.
pub(crate) struct Certificate {
    pub(crate) chain: String,
    pub(crate) key: String,
    pub(crate) der: CertificateDer<'static>,
}

impl Certificate {
    pub(crate) fn make() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        Self { chain: cert.pem(), key: signing_key.serialize_pem(), der: cert.der().clone() }
    }
}

/// Where a server reads a certificate and its key.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn of(pair: &Certificate) -> Self {
        let files = Self(TempDir::new_in("/tmp").unwrap());
        files.write(pair);
        files
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    pub(crate) fn write(&self, pair: &Certificate) {
        fs::write(self.certificate(), &pair.chain).unwrap();
        fs::write(self.key(), &pair.key).unwrap();
    }

    /// The flags that name them.
    pub(crate) fn flags(&self) -> [String; 4] {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        ["--tls-cert".to_owned(), path(self.certificate()), "--tls-key".to_owned(), path(self.key())]
    }
}
