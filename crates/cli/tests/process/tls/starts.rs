//! Certificates and keys with which no server starts.

use std::fs;

use super::certificate::{Certificate, Files};
use crate::running::{TestDirectory, refused, serve_refused};

#[test]
fn certificate_and_key_go_together() {
    for flag in ["--tls-cert", "--tls-key"] {
        let (code, said) = refused(&["serve", flag, "/nowhere"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("tls_cert and tls_key go together"), "{said}");
    }
}

#[test]
fn a_pair_that_cannot_be_used_ends_the_start_with_which_and_why() {
    let (pair, other, directory) = (Certificate::make(), Certificate::make(), TestDirectory::new());
    let data = directory.data();
    let files = Files::of(&pair);
    let start = || {
        let flags = files.flags();
        let [a, b, c, d] = &flags;
        serve_refused(&["--data-dir", data.to_str().unwrap(), a, b, c, d])
    };
    let key = files.key().to_str().unwrap().to_owned();
    for (certificate, key_text, named) in [
        (&pair.chain, &other.key, "used together"),
        (&pair.key, &pair.key, "no certificate"),
        (&pair.chain, &pair.chain, "no private key"),
        (&String::new(), &pair.key, "no certificate"),
        (&pair.chain, &String::new(), "no private key"),
    ] {
        fs::write(files.certificate(), certificate).unwrap();
        fs::write(files.key(), key_text).unwrap();
        let said = start();
        assert!(said.contains(named) && said.contains(&key), "{said}");
        assert!(!said.contains("PRIVATE KEY"), "{said}");
    }
    fs::remove_file(files.key()).unwrap();
    let said = start();
    assert!(said.contains("tls_key") && said.contains(&key), "{said}");
    assert!(!data.exists(), "it is found out before a Postgres is made");
}
