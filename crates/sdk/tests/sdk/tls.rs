//! Servers with `https`, whose certificate an authority of their own has signed.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use windlass_sdk::{Backoff, Client, ClientBuilder, Error, Key};

use crate::fake::queue;

/// A server that answers one queue to every call, and its certificate in PEM.
async fn server() -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // A client that does not trust the certificate goes.
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut request = [0; 8192];
            let length = stream.read(&mut request).await.unwrap();
            assert!(String::from_utf8_lossy(&request[..length]).contains("authorization: Bearer wl_a\r\n"));
            let body = queue("t").to_string();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (format!("https://localhost:{port}"), cert.pem())
}

fn builder(url: &str) -> ClientBuilder {
    Client::builder(url).key(Key::text("wl_a")).backoff(Backoff::NEVER)
}

#[tokio::test]
async fn a_server_is_trusted_by_the_file_of_its_authority_and_not_without_it() {
    let (url, pem) = server().await;
    let error = builder(&url).build().unwrap().get_queue("t").await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error:?}");
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    let client = builder(&url).ca_file(file.path()).build().unwrap();
    assert_eq!(client.get_queue("t").await.unwrap().r#type, "t");
}
