//! What came back from a call, and what a test may expect of it.

use reqwest::header::HeaderMap;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// A whole answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, exactly as it came.
    pub text: String,
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Checks the status alone, for a body that a JSON library may refuse to read as values.
    #[track_caller]
    pub fn has(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The body of a refusal: RFC 9457, with this status and code.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        let problem = self.json();
        assert_problem(&problem, status, code);
        problem
    }

    /// The pointers of a `validation_failed`, sorted.
    #[track_caller]
    pub fn invalid(&self) -> Vec<String> {
        pointers(&self.problem(422, "validation_failed"))
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    /// A header that is there, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The text of a member, byte for byte.
    #[track_caller]
    pub fn raw(&self, member: &str) -> String {
        text_of(&self.text, member)
    }
}

/// The text of an object's member, byte for byte.
#[track_caller]
pub fn text_of(object: &str, member: &str) -> String {
    let members: HashMap<String, Box<RawValue>> =
        serde_json::from_str(object).unwrap_or_else(|error| panic!("no object ({error}): {object}"));
    members.get(member).unwrap_or_else(|| panic!("no {member} in {object}")).get().to_owned()
}

/// The only item of a list, byte for byte.
#[track_caller]
pub fn only(list: &str) -> String {
    let items: Vec<Box<RawValue>> =
        serde_json::from_str(list).unwrap_or_else(|error| panic!("no list ({error}): {list}"));
    assert_eq!(items.len(), 1, "{list}");
    items[0].get().to_owned()
}

/// Checks a problem's members, alone or as an item of a batch's results.
#[track_caller]
pub(crate) fn assert_problem(problem: &Value, status: u16, code: &str) {
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    for member in ["type", "title", "detail"] {
        assert!(problem[member].is_string(), "{member} of {problem}");
    }
    if code == "validation_failed" {
        assert!(!pointers(problem).is_empty(), "{problem}");
    }
}

/// The pointers of a problem's errors, sorted.
#[track_caller]
pub fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {problem}"));
    let mut pointers: Vec<String> = errors
        .iter()
        .map(|error| {
            assert!(error["detail"].is_string(), "{error}");
            error["pointer"].as_str().unwrap_or_else(|| panic!("no pointer in {error}")).to_owned()
        })
        .collect();
    pointers.sort();
    pointers
}

/// The id of a resource, or of what a dequeue leased.
#[track_caller]
pub fn id(resource: &Value) -> &str {
    resource["id"].as_str().unwrap_or_else(|| panic!("no id in {resource}"))
}
