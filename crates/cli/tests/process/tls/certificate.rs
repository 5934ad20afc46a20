//! Certificates that tests make for themselves, in files.

use std::fs;
use std::path::PathBuf;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// A certificate for `localhost` that is its own authority, and its key, in PEM.
pub(super) struct Certificate {
    pub(super) chain: String,
    pub(super) key: String,
    pub(super) der: CertificateDer<'static>,
}

impl Certificate {
    pub(super) fn make() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        Self { chain: cert.pem(), key: signing_key.serialize_pem(), der: cert.der().clone() }
    }
}

/// Where a server reads a certificate and its key.
pub(super) struct Files(TempDir);

impl Files {
    pub(super) fn of(pair: &Certificate) -> Self {
        let files = Self(TempDir::new_in("/tmp").unwrap());
        files.write(pair);
        files
    }

    pub(super) fn certificate(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    pub(super) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    pub(super) fn write(&self, pair: &Certificate) {
        fs::write(self.certificate(), &pair.chain).unwrap();
        fs::write(self.key(), &pair.key).unwrap();
    }

    /// The flags that name them.
    pub(super) fn flags(&self) -> [String; 4] {
        let path = |path: PathBuf| path.to_str().unwrap().to_owned();
        ["--tls-cert".to_owned(), path(self.certificate()), "--tls-key".to_owned(), path(self.key())]
    }
}
