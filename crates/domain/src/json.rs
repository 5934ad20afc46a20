//! JSON that passes through exactly as it came.

/// One JSON value as compact text. Text everywhere, because any tree of numbers would change
/// some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(String);

impl Json {
    /// Trusts the caller that `text` is one valid JSON value without insignificant white space and
    /// without NUL characters; the reader of the request has checked that.
    pub fn from_checked(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}
