//! Certificate and key of HTTPS.

use std::path::{Path, PathBuf};

use windlass_server::Tls;

use super::source::Source;
use crate::bounded_file::beginning;
use crate::failure::Failure;

/// The longest of the two files, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The two files, and who greets clients with what is in them.
pub(crate) struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    tls: Tls,
}

/// What they hold.
#[derive(PartialEq)]
pub(crate) struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl TlsFiles {
    /// Reads them for the first time.
    ///
    /// # Errors
    /// One cannot be read, or what they hold cannot be used.
    pub(crate) async fn open(certificate: PathBuf, key: PathBuf) -> Result<(Self, Pair), Failure> {
        let pair = Pair::read(&certificate, &key).await.map_err(Failure::Error)?;
        let tls = Tls::new(&pair.certificate, &pair.key).map_err(|error| {
            Failure::new(
                &format!("settings tls_cert {} and tls_key {}", certificate.display(), key.display()),
                error,
            )
        })?;
        Ok((Self { certificate, key, tls }, pair))
    }

    /// For the server.
    pub(crate) fn tls(&self) -> Tls {
        self.tls.clone()
    }
}

impl Pair {
    async fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        Ok(Self {
            certificate: contents("tls_cert", certificate).await?,
            key: contents("tls_key", key).await?,
        })
    }
}

async fn contents(setting: &str, file: &Path) -> Result<Vec<u8>, String> {
    let read = beginning(file, LONGEST).await;
    let bytes =
        read.map_err(|error| format!("setting {setting}: cannot read {}: {error}", file.display()))?;
    if bytes.len() > LONGEST {
        return Err(format!("setting {setting}: {} is longer than {LONGEST} bytes", file.display()));
    }
    Ok(bytes)
}

impl Source for TlsFiles {
    type Contents = Pair;

    const WHAT: &'static str = "certificate and key";

    fn files(&self) -> impl Iterator<Item = &Path> {
        [self.certificate.as_path(), self.key.as_path()].into_iter()
    }

    async fn read(&self) -> Result<Pair, String> {
        Pair::read(&self.certificate, &self.key).await
    }

    async fn take(&self, pair: &Pair) -> Result<(), String> {
        self.tls.replace(&pair.certificate, &pair.key).map_err(|error| error.to_string())?;
        tracing::info!("new connections have the certificate and key as they were read again");
        Ok(())
    }

    async fn nudged(&self) {
        std::future::pending::<()>().await;
    }
}
