//! Values of expressions: from JSON, and into the text of a body.

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::template::json::{DEPTH, Json, quoted};
use crate::template::number;

/// Text that grows up to a bound.
pub(crate) trait Text {
    /// Appends, or says that no more may be written.
    fn push(&mut self, text: &str) -> Result<(), String>;
}

/// JSON as expressions see it.
pub(crate) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(flag) => Value::from(*flag),
        Json::Number(text) => number::value(text),
        Json::String(text) => Value::from(text.clone()),
        Json::Array(items) => Value::from(items.iter().map(from_json).collect::<Vec<_>>()),
        Json::Object(fields) => {
            Value::from_pairs(fields.iter().map(|(name, value)| (name.clone(), from_json(value))))
        }
    }
}

/// Writes a value as JSON, `depth` levels down.
///
/// # Errors
/// Why it is no JSON, for people.
pub(crate) fn write_json(value: &Value, depth: usize, out: &mut impl Text) -> Result<(), String> {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable | ValueKind::Map if depth >= DEPTH => {
            Err(format!("gives what is nested deeper than {DEPTH}"))
        }
        ValueKind::Undefined => Err("gives a value that is undefined".to_owned()),
        ValueKind::None => out.push("null"),
        ValueKind::Bool => out.push(if value.is_true() { "true" } else { "false" }),
        ValueKind::Number => out.push(&written(value)?),
        ValueKind::String => out.push(&quoted(value.as_str().unwrap_or_default())),
        ValueKind::Seq | ValueKind::Iterable => write_list(value, depth, out),
        ValueKind::Map => write_object(value, depth, out),
        ValueKind::Invalid => Err(said(&why_invalid(value))),
        other => Err(format!("gives a {other}, which is no JSON")),
    }
}

/// Writes a value as a part of a text: a number or text as it is, anything else as JSON.
///
/// # Errors
/// Why it cannot be, for people.
pub(crate) fn write_text(value: &Value, out: &mut impl Text) -> Result<(), String> {
    match value.as_str() {
        Some(text) => out.push(text),
        None => write_json(value, 0, out),
    }
}

fn written(value: &Value) -> Result<String, String> {
    if value.is_integer() {
        return Ok(value.to_string());
    }
    let number = f64::try_from(value.clone()).map_err(|error| said(&error))?;
    if !number.is_finite() {
        return Err("gives a number that JSON does not have".to_owned());
    }
    Ok(serde_json::to_string(&number).expect("a finite number is JSON"))
}

fn write_list(value: &Value, depth: usize, out: &mut impl Text) -> Result<(), String> {
    out.push("[")?;
    for (index, item) in value.try_iter().map_err(|error| said(&error))?.enumerate() {
        if index > 0 {
            out.push(",")?;
        }
        write_json(&item, depth + 1, out)?;
    }
    out.push("]")
}

fn write_object(value: &Value, depth: usize, out: &mut impl Text) -> Result<(), String> {
    out.push("{")?;
    for (index, key) in value.try_iter().map_err(|error| said(&error))?.enumerate() {
        let name = key.as_str().ok_or("gives an object with a key that is no text")?;
        if index > 0 {
            out.push(",")?;
        }
        out.push(&quoted(name))?;
        out.push(":")?;
        let field = value.get_item(&key).map_err(|error| said(&error))?;
        write_json(&field, depth + 1, out)?;
    }
    out.push("}")
}

/// Why a value is none, which only its text tells.
pub(super) fn why_invalid(value: &Value) -> minijinja::Error {
    let shown = value.to_string();
    let why = shown.trim_start_matches("<invalid value: ").trim_end_matches('>');
    let detail = why.trim_start_matches("invalid operation: ").to_owned();
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, detail)
}

fn said(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}
