//! Servers that ask for keys, and calls by one.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, TestApp, eventually, id};

/// The text of the bootstrap key of the servers of [`TestApp::start_keyed`].
pub const BOOTSTRAP: &str = "the-bootstrap-key-of-all-the-tests";

impl TestApp {
    /// A request by a key to one of the servers.
    pub fn request_by(&self, key: &str, server: usize, method: Method, path: &str) -> RequestBuilder {
        self.keyless_request_to(server, method, path).bearer_auth(key)
    }

    /// `GET` by a key.
    pub async fn get_by(&self, key: &str, path: &str) -> Answer {
        self.send(self.request_by(key, 0, Method::GET, path)).await
    }

    /// `POST` by a key, with a JSON body.
    pub async fn post_by(&self, key: &str, path: &str, body: Value) -> Answer {
        self.send(self.request_by(key, 0, Method::POST, path).json(&body)).await
    }

    /// Makes a key by the bootstrap key; its resource, with its text.
    pub async fn new_key(&self, new: Value) -> Value {
        self.post_by(BOOTSTRAP, "/v1/keys", new).await.expect(201)
    }

    /// Makes a key of that name and with these scopes; its resource, with its text.
    pub async fn new_key_of(&self, name: &str, scopes: &[&str]) -> Value {
        self.new_key(json!({"name": name, "scopes": scopes})).await
    }

    /// A key as it is now.
    pub async fn key_now(&self, key: &Value) -> Value {
        self.get_by(BOOTSTRAP, &format!("/v1/keys/{}", id(key))).await.expect(200)
    }

    /// A verb on a key, by the bootstrap key.
    pub async fn key_verb(&self, key: &Value, verb: &str, body: Value) -> Answer {
        self.post_by(BOOTSTRAP, &format!("/v1/keys/{}/{verb}", id(key)), body).await
    }

    /// The status of a call at one of the servers that any key may make.
    pub async fn status_by(&self, key: &str, server: usize) -> u16 {
        self.send(self.request_by(key, server, Method::GET, "/v1/keys/current")).await.status
    }

    /// Waits until no server takes the text any more.
    pub async fn until_refused(&self, key: &str, servers: usize) {
        for server in 0..servers {
            eventually("the text is refused", || async {
                (self.status_by(key, server).await == 401).then_some(())
            })
            .await;
        }
    }
}

/// The text of a key that was just made or rotated.
#[track_caller]
pub fn text(key: &Value) -> &str {
    key["key"].as_str().unwrap_or_else(|| panic!("no text in {key}"))
}
