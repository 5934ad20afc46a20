//! One request and its answer.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_wire::Problem;

use crate::resilience::{Admission, Backoff, Safety, guarded, repeat};
use crate::{Client, Error, trace};

/// How much of a foreign body an error holds.
const EXCERPT_CHARS: usize = 200;

/// A request, ready to be made as often as need be.
pub(crate) struct Call {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    safety: Safety,
    admission: Admission,
    timeout: Duration,
    backoff: Backoff,
    idempotency_key: Option<String>,
}

/// A successful answer.
pub(crate) struct Answer {
    call: String,
    /// The server's clock as it answered, in whole seconds.
    pub(crate) date: Option<DateTime<Utc>>,
    body: Vec<u8>,
}

impl Client {
    /// A call that reads, and so may be repeated.
    pub(crate) fn get(&self, path: &[&str]) -> Call {
        self.call(Method::GET, path, Safety::Safe)
    }

    /// A call that writes; safe only where it carries the client's idempotency key.
    pub(crate) fn post(&self, path: &[&str]) -> Call {
        self.call(Method::POST, path, Safety::Unsafe)
    }

    /// A call of any other kind.
    pub(crate) fn call(&self, method: Method, path: &[&str], safety: Safety) -> Call {
        Call {
            method,
            url: self.url(path),
            body: None,
            safety,
            admission: Admission::Asked,
            timeout: self.timeout,
            backoff: self.backoff,
            idempotency_key: None,
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .expect("the builder accepts only http addresses, which have a path")
            .pop_if_empty()
            .extend(path);
        url
    }

    /// Makes the call, again where that is safe, and returns the answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        repeat(&self.breaker, call.backoff, call.safety, || self.send_once(&call)).await
    }

    /// [`Client::send`], and reads the body.
    pub(crate) async fn fetch<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        self.send(call).await?.json()
    }

    /// Makes the call once and returns the answer when it begins, to be read for as long as it lasts.
    pub(crate) async fn open(
        &self,
        call: &Call,
        header: Option<(&str, &str)>,
    ) -> Result<reqwest::Response, Error> {
        self.with_key(|key| self.begin(call, header, key)).await
    }

    async fn begin(
        &self,
        call: &Call,
        header: Option<(&str, &str)>,
        key: Option<HeaderValue>,
    ) -> Result<reqwest::Response, Error> {
        let mut request = self.request(call, key);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let late = |silence: tokio::time::error::Elapsed| Error::Transport {
            url: call.url.origin().ascii_serialization(),
            unsent: false,
            source: silence.into(),
        };
        let begun = tokio::time::timeout(call.timeout, request.send()).await.map_err(late)?;
        let response = begun.map_err(|source| call.transport_error(source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.map_err(|source| call.transport_error(source))?;
        Err(refusal(status, &headers, &body))
    }

    /// Makes the call once, if the breaker lets it through.
    async fn send_once(&self, call: &Call) -> Result<Answer, Error> {
        let server = call.url.origin().ascii_serialization();
        let exchange = self.with_key(|key| self.exchange(call, key));
        guarded(&self.breaker, call.admission, call.safety, &server, exchange).await
    }

    /// Makes one try, and one more where the file of the key that was refused holds another by now: a 401 changes nothing.
    async fn with_key<T, F, Fut>(&self, attempt: F) -> Result<T, Error>
    where
        F: Fn(Option<HeaderValue>) -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let key = self.key.header();
        let mut answer = attempt(key.clone()).await;
        if answer.as_ref().is_err_and(Error::is_unauthorized) && self.key.is_renewed(key.as_ref()).await {
            answer = attempt(self.key.header()).await;
        }
        answer.map_err(|error| error.sent_with(self.key.origin()))
    }

    async fn exchange(&self, call: &Call, key: Option<HeaderValue>) -> Result<Answer, Error> {
        let mut request = self.request(call, key).timeout(call.timeout);
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|source| call.transport_error(source))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = response.bytes().await.map_err(|source| call.transport_error(source))?.to_vec();
        if status.is_success() {
            Ok(Answer { call: call.name(), date: date(&headers), body })
        } else {
            Err(refusal(status.as_u16(), &headers, &body))
        }
    }

    fn request(&self, call: &Call, key: Option<HeaderValue>) -> RequestBuilder {
        let request = self.http.request(call.method.clone(), call.url.clone());
        let request = trace::inject(request, self.trace.as_deref());
        match key {
            Some(key) => request.header(AUTHORIZATION, key),
            None => request,
        }
    }
}

impl Call {
    /// With a query string; fields that are `None` are left out.
    pub(crate) fn query<T: Serialize>(mut self, query: &T) -> Self {
        let pairs = serde_json::to_value(query).unwrap_or_default();
        for (name, value) in pairs.as_object().into_iter().flatten() {
            match value {
                serde_json::Value::Null => {}
                serde_json::Value::String(text) => drop(self.url.query_pairs_mut().append_pair(name, text)),
                other => drop(self.url.query_pairs_mut().append_pair(name, &other.to_string())),
            }
        }
        self
    }

    /// With a body, written once so that each repetition has the same bytes.
    pub(crate) fn json<T: Serialize + ?Sized>(self, body: &T) -> Result<Self, Error> {
        Ok(Self { body: Some(serde_json::to_vec(body).map_err(Error::Encode)?), ..self })
    }

    /// With a key that makes repetitions count once; without one, as it was.
    pub(crate) fn idempotency_key(self, key: Option<&str>) -> Self {
        let safety = if key.is_some() { Safety::Safe } else { self.safety };
        Self { idempotency_key: key.map(str::to_owned), safety, ..self }
    }

    /// Safe to repeat, for a reason of the call's own (a lease token).
    pub(crate) fn safe(self) -> Self {
        Self { safety: Safety::Safe, ..self }
    }

    /// Sent whatever the breaker says.
    pub(crate) fn always(self) -> Self {
        Self { admission: Admission::Always, ..self }
    }

    /// Safe to repeat, and on leases that the key got.
    pub(crate) fn of_lease_holder(self) -> Self {
        Self { safety: Safety::Leased, ..self }
    }

    /// With a time limit of its own, for each try.
    pub(crate) fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// With a patience of its own.
    pub(crate) fn backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }

    fn transport_error(&self, source: reqwest::Error) -> Error {
        let url = self.url.origin().ascii_serialization();
        Error::Transport { url, unsent: source.is_connect(), source: source.without_url().into() }
    }
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|source| Error::Decode { call: self.call, source })
    }
}

fn refusal(status: u16, headers: &HeaderMap, body: &[u8]) -> Error {
    let retry_after = retry_after(headers);
    match serde_json::from_slice::<Problem>(body) {
        Ok(problem) => Error::Problem {
            problem: Box::new(problem),
            request_id: header(headers, "x-request-id").map(str::to_owned),
            retry_after,
        },
        Err(_) => Error::Unexpected {
            status,
            body: String::from_utf8_lossy(body).chars().take(EXCERPT_CHARS).collect(),
            retry_after,
        },
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    header(headers, RETRY_AFTER.as_str())?.parse().ok().map(Duration::from_secs)
}

fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = header(headers, DATE.as_str())?;
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.with_timezone(&Utc))
}
