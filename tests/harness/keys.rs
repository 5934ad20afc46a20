//! Calls with keys.

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use windlass_store::testing_keys::TestKey;

use crate::{Answer, TestApp};

/// Calls of an app with one key, or with none.
#[derive(Clone, Copy)]
pub struct Calls<'a> {
    app: &'a TestApp,
    key: Option<&'a str>,
}

impl TestApp {
    /// A new key with these scopes and this name; returns its text.
    pub async fn key(&self, name: &str, scopes: &[&str]) -> String {
        self.make_key(&TestKey { name, scopes, ..TestKey::default() }).await
    }

    /// A new key; returns its text.
    pub async fn make_key(&self, key: &TestKey<'_>) -> String {
        self.database().make_key(key).await.1
    }

    /// Calls with this key; `None`: with none.
    pub fn calls<'a>(&'a self, key: impl Into<Option<&'a str>>) -> Calls<'a> {
        Calls { app: self, key: key.into() }
    }
}

impl Calls<'_> {
    /// A request to the first server.
    pub fn request(self, method: Method, path: &str) -> RequestBuilder {
        self.request_to(0, method, path)
    }

    /// A request to one of the servers.
    pub fn request_to(self, server: usize, method: Method, path: &str) -> RequestBuilder {
        let request = self.app.keyless_request_to(server, method, path);
        match self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }

    /// `GET`.
    pub async fn get(self, path: &str) -> Answer {
        self.app.send(self.request(Method::GET, path)).await
    }

    /// `GET` from one of the servers.
    pub async fn get_from(self, server: usize, path: &str) -> Answer {
        self.app.send(self.request_to(server, Method::GET, path)).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(self, path: &str, body: Value) -> Answer {
        self.app.send(self.request(Method::PUT, path).json(&body)).await
    }

    /// `POST` with a JSON body.
    pub async fn post(self, path: &str, body: Value) -> Answer {
        self.app.send(self.request(Method::POST, path).json(&body)).await
    }

    /// `POST` with a JSON body and an `Idempotency-Key`.
    pub async fn post_once(self, path: &str, idempotency_key: &str, body: Value) -> Answer {
        let request = self.request(Method::POST, path).header("idempotency-key", idempotency_key);
        self.app.send(request.json(&body)).await
    }
}
