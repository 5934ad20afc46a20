//! Authorities that vouch for receivers, beside those of the machine.

use reqwest::Certificate;

/// Certificates of authorities.
#[derive(Clone, Default)]
pub struct WebhookRoots(Vec<Certificate>);

/// Why a file holds none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("holds no certificate in PEM")]
pub struct NoRoots;

impl WebhookRoots {
    /// Those in a file in PEM.
    ///
    /// # Errors
    /// There is none in it.
    pub fn parse(pem: &[u8]) -> Result<Self, NoRoots> {
        let roots = Certificate::from_pem_bundle(pem).map_err(|_| NoRoots)?;
        if roots.is_empty() { Err(NoRoots) } else { Ok(Self(roots)) }
    }

    pub(super) fn certificates(&self) -> Vec<Certificate> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused() {
        for text in ["", "-----BEGIN CERTIFICATE-----\n!", "hello"] {
            assert!(WebhookRoots::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
