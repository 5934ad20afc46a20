//! JSON of a client's own: carried as text, exactly as it was written.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Any JSON value, as its text.
///
/// Payloads, metadata, results and details pass through Windlass untouched: a parsed value would change
/// `-0`, `1e5`, long numbers and the order of keys. The default is `null`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Writes `value` as JSON.
    ///
    /// # Errors
    /// When `value` has no JSON form: a map whose keys are not strings, or its own `Serialize` fails.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Self> {
        serde_json::value::to_raw_value(value).map(Self)
    }

    /// Takes text that is JSON, surrounding blanks removed.
    ///
    /// # Errors
    /// When `text` is not one JSON value.
    pub fn from_text(text: String) -> serde_json::Result<Self> {
        RawValue::from_string(text).map(Self)
    }

    /// Reads the value as a `T`.
    ///
    /// # Errors
    /// When the JSON is not what a `T` looks like.
    pub fn parse<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.0.get())
    }

    /// The text itself.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// An object without members, the default of metadata.
    ///
    /// # Panics
    /// Never: `{}` is JSON.
    pub fn empty_object() -> Self {
        Self(RawValue::from_string("{}".to_owned()).expect("{} is JSON"))
    }
}

/// Reads a field that is given: null is a value, unlike a field that is left out.
pub(crate) fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Json>, D::Error> {
    Json::deserialize(deserializer).map(Some)
}

/// By their texts.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.get())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.get())
    }
}

impl From<Box<RawValue>> for Json {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Json {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
        ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("Any JSON value.")).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Json {
    fn name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn text_passes_through_exactly_as_it_came() {
        let text = r#"{"b":-0,"a":1e5,"c":12345678901234567890123}"#;
        let json: Json = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&json).unwrap(), text);
    }

    #[test]
    fn null_is_given_and_nothing_is_not() {
        let read = |text: &str| {
            let beat: crate::Heartbeat = serde_json::from_str(text).unwrap();
            beat.checkpoint.map(|json| json.text().to_owned())
        };
        let token = r#""lease_token":"0193c5a8-7d5e-7000-8000-000000000001""#;
        assert_eq!(read(&format!("{{{token}}}")), None);
        assert_eq!(read(&format!(r#"{{{token},"checkpoint":null}}"#)).as_deref(), Some("null"));
    }

    #[test]
    fn the_default_is_null() {
        assert_eq!(Json::default().text(), "null");
    }
}
