//! Certificates of authorities that a client trusts beside those of its machine.

use std::env;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

use crate::Error;

const VARIABLE: &str = "WINDLASS_CA_FILE";

/// The certificates of this file, or else of the one that `WINDLASS_CA_FILE` names; none where neither is said.
///
/// # Errors
/// [`Error::Setting`] for a file that cannot be read or holds no certificate.
pub(crate) fn certificates(given: Option<PathBuf>) -> Result<Vec<Certificate>, Error> {
    let said = || env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    given.or_else(said).map_or(Ok(Vec::new()), |path| read(&path))
}

fn read(path: &Path) -> Result<Vec<Certificate>, Error> {
    let wrong = |what: String| Error::Setting { setting: format!("the file {}", path.display()), what };
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| wrong(format!("is no PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate in PEM".to_owned()));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, what) in [("", "holds no certificate"), ("-----BEGIN CERTIFICATE-----\n!", "is no PEM")] {
            std::fs::write(file.path(), text).unwrap();
            let error = certificates(Some(file.path().to_owned())).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the file {} {what}", file.path().display())), "{error}");
        }
        let error = certificates(Some("/nowhere".into())).unwrap_err().to_string();
        assert!(error.starts_with("the file /nowhere cannot be read"), "{error}");
    }
}
