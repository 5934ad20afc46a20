//! Somebody who looks: a browser without a script.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use windlass_tests::TestApp;

/// A browser with its cookie.
pub(super) struct Reader {
    client: Client,
    url: String,
    pub(super) cookie: Option<String>,
}

impl Reader {
    /// At one of the servers, nobody yet.
    pub(super) fn at(app: &TestApp, server: usize) -> Self {
        let client =
            Client::builder().redirect(Policy::none()).timeout(Duration::from_mins(1)).build().unwrap();
        Self { client, url: format!("http://{}", app.address(server)), cookie: None }
    }

    /// The same browser at another server.
    pub(super) fn also_at(&self, app: &TestApp, server: usize) -> Self {
        Self { cookie: self.cookie.clone(), ..Self::at(app, server) }
    }

    /// Logs in, and holds the session's cookie.
    pub(super) async fn log_in(&mut self, key: &str, name: &str) -> Response {
        let answer = self.send("/ui/login", &[("key", key), ("display_name", name)]).await;
        self.cookie = cookie(&answer).or(self.cookie.take());
        answer
    }

    /// A page.
    pub(super) async fn look(&self, path: &str) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.url)).header("accept", "text/html");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.unwrap()
    }

    /// How many bytes a page has with gzip.
    pub(super) async fn look_packed(&self, path: &str) -> usize {
        let request = self.client.get(format!("{}{path}", self.url)).header("accept-encoding", "gzip");
        let answer = request.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-encoding"].to_str().unwrap()),
            (200, "gzip")
        );
        answer.bytes().await.unwrap().len()
    }

    /// A page that has to be well, as text; the cookie that it sets is held.
    pub(super) async fn page(&mut self, path: &str) -> String {
        let answer = self.look(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        self.cookie = self.cookie.take().or(cookie(&answer));
        answer.text().await.unwrap()
    }

    /// Sends a form, as the server's own page does.
    pub(super) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send_from(path, fields, Some(&self.url.clone())).await
    }

    /// The same from a page of this origin.
    pub(super) async fn send_from(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        origin: Option<&str>,
    ) -> Response {
        let form: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let mut request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.join("&"));
        for (name, value) in [("origin", origin), ("cookie", self.cookie.as_deref())] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request.send().await.unwrap()
    }

    /// Sends a form of a page with that page's token.
    pub(super) async fn act(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.page(path).await;
        let token = token(&page);
        let mut all = fields.to_vec();
        all.push(("forgery_token", &token));
        self.send(path, &all).await
    }

    /// The same, and the page that it is answered with.
    pub(super) async fn act_and_read(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.act(path, fields).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

/// The forgery token of a page's first form.
pub(super) fn token(page: &str) -> String {
    let behind = page.split_once("name=\"forgery_token\" value=\"").expect("a form has a token").1;
    behind.split_once('"').unwrap().0.to_owned()
}

/// What is between a beginning and an end that a page has.
pub(super) fn part<'a>(page: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, behind) = page.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {page}"));
    behind.split_once(end).unwrap_or_else(|| panic!("no {end} behind {begin} in {page}")).0
}

/// A section of a page, by its heading.
pub(super) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    part(page, &format!("<h2>{heading}</h2>"), "</section>")
}

/// The ids of a section's rows.
pub(super) fn rows(section: &str) -> Vec<&str> {
    section.split("<tr data-id=\"").skip(1).map(|row| row.split_once('"').unwrap().0).collect()
}

/// The cookie that an answer sets.
fn cookie(answer: &Response) -> Option<String> {
    let set = answer.headers().get("set-cookie")?.to_str().unwrap();
    Some(set.split(';').next().unwrap().to_owned())
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}
