//! Fields for the parameters of a template, by their schema, and what was typed into them as JSON.

use std::fmt;

use maud::html;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::html::{Html, clean, client};

/// What the names of its fields begin with.
pub const BEGINNING: &str = "parameters.";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Check,
    /// One of several texts.
    Word,
    /// One of several values that are not all texts: options carry them as JSON.
    Value,
    Json,
}

/// What a schema offers to choose from.
fn choices(schema: &Value) -> &[Value] {
    schema.get("enum").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn kind(schema: &Value) -> Kind {
    let choices = choices(schema);
    if !choices.is_empty() {
        return if choices.iter().all(Value::is_string) { Kind::Word } else { Kind::Value };
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => Kind::Text,
        Some("number" | "integer") => Kind::Number,
        Some("boolean") => Kind::Check,
        _ => Kind::Json,
    }
}

/// What a schema says of an object's members, in its order.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Schema {
    properties: Members,
    required: Vec<String>,
}

/// Members in the order in which they were written, which a map would lose.
#[derive(Default)]
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

fn properties(schema: &str) -> (Vec<(String, Value)>, Vec<String>) {
    let schema: Schema = serde_json::from_str(schema).unwrap_or_default();
    (schema.properties.0, schema.required)
}

/// The fields; `typed` is what they held.
pub fn fields(schema: &str, typed: &[(String, String)]) -> Html {
    let (properties, required) = properties(schema);
    html! {
        @if properties.is_empty() { p class="quiet" { "It takes no parameters." } }
        @for (name, schema) in &properties { (field(name, schema, required.contains(name), typed)) }
    }
}

/// A value as people read it: a text without its quotes, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn field(name: &str, schema: &Value, required: bool, typed: &[(String, String)]) -> Html {
    let field = format!("{BEGINNING}{name}");
    let given = typed.iter().find(|(known, _)| *known == field).map(|(_, value)| value.clone());
    let kind = kind(schema);
    let default =
        schema.get("default").map(|value| if kind == Kind::Value { value.to_string() } else { text(value) });
    let value = if typed.is_empty() { default.unwrap_or_default() } else { given.unwrap_or_default() };
    let about = schema.get("description").and_then(Value::as_str);
    let name = html! { span { (client(name)) @if required { " (required)" } @if let Some(about) = about { " – " span class="quiet" { (client(about)) } } } };
    let field = clean(&field);
    html! {
        @match kind {
            Kind::Check => label class="tick" { input type="checkbox" name=(field) value="true" checked[value == "true"]; (name) }
            Kind::Word | Kind::Value => label { (name)
                select name=(field) {
                    @if !required { option value="" { "–" } }
                    @for choice in choices(schema) {
                        @let shown = text(choice);
                        @let sent = if kind == Kind::Value { choice.to_string() } else { shown.clone() };
                        option value=(clean(&sent)) selected[sent == value] { (clean(&shown)) }
                    }
                }
            }
            Kind::Number => label { (name) input type="number" step="any" name=(field) value=(clean(&value)) required[required]; }
            Kind::Text => label { (name) input name=(field) value=(clean(&value)) required[required]; }
            Kind::Json => label { (name) textarea name=(field) spellcheck="false" required[required] { (clean(&value)) } }
        }
    }
}

/// The parameters as the API takes them: what is empty and not required is left out.
///
/// # Errors
/// The field that should be JSON or a number and is not.
pub fn parameters(schema: &str, typed: &[(String, String)]) -> Result<String, (String, String)> {
    let (properties, required) = properties(schema);
    let mut members = Vec::new();
    for (name, schema) in &properties {
        let field = format!("{BEGINNING}{name}");
        let text = typed.iter().find(|(known, _)| *known == field).map_or("", |(_, value)| value.as_str());
        let value = match kind(schema) {
            Kind::Check if text.is_empty() && schema.get("default").is_none() && !required.contains(name) => {
                continue;
            }
            Kind::Check => if text == "true" { "true" } else { "false" }.to_owned(),
            _ if text.trim().is_empty() && !required.contains(name) => continue,
            Kind::Text | Kind::Word => Value::from(text).to_string(),
            Kind::Number | Kind::Value | Kind::Json => {
                let raw: Result<Box<serde_json::value::RawValue>, _> = serde_json::from_str(text);
                raw.map_err(|_| (field, "is no JSON".to_owned()))?.get().to_owned()
            }
        };
        members.push(format!("{}:{value}", Value::from(name.as_str())));
    }
    Ok(format!("{{{}}}", members.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"type":"object","required":["n","t"],"properties":{"n":{"type":"integer"},"t":{"type":"string"},"b":{"type":"boolean"},
        "c":{"enum":["x","y"]},"o":{"type":"object"},"e":{"type":"string"}}}"#;

    fn typed(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| (format!("{BEGINNING}{name}"), (*value).to_owned())).collect()
    }

    #[test]
    fn what_was_typed_becomes_json_by_the_schema() {
        let typed =
            typed(&[("n", "1e400"), ("t", ""), ("b", "true"), ("c", "y"), ("o", "{\"a\":[1]}"), ("e", "")]);
        assert_eq!(
            parameters(SCHEMA, &typed).as_deref(),
            Ok(r#"{"n":1e400,"t":"","b":true,"c":"y","o":{"a":[1]}}"#)
        );
    }

    #[test]
    fn a_choice_among_numbers_and_others_is_sent_as_what_it_is() {
        let schema = r#"{"required":["size"],"properties":{"size":{"enum":[1,2.5,"1",true,null],"default":2.5},"word":{"enum":["<a>","b"]}}}"#;
        let shown = fields(schema, &[]).into_string();
        assert!(shown.contains("<option value=\"2.5\" selected>2.5</option>"), "{shown}");
        assert!(shown.contains("<option value=\"&quot;1&quot;\">1</option>"), "{shown}");
        assert!(shown.contains("<option value=\"&lt;a&gt;\">&lt;a&gt;</option>"), "{shown}");
        for (chosen, sent) in [("1", "1"), ("\"1\"", "\"1\""), ("true", "true"), ("null", "null")] {
            let sent = format!("{{\"size\":{sent}}}");
            assert_eq!(parameters(schema, &typed(&[("size", chosen)])), Ok(sent));
        }
    }

    #[test]
    fn what_is_no_json_is_named() {
        let error = parameters(SCHEMA, &typed(&[("n", "1"), ("t", "a"), ("o", "{")])).unwrap_err();
        assert_eq!(error.0, "parameters.o");
    }
}
