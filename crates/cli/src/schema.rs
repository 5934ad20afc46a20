//! `windlass schema`: JSON Schema of the files that people write, for their editors.
//!
//! Made of the OpenAPI document, so that they say what the server says.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::printed;

/// What a file is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// As `windlass pipeline submit` takes it.
    Pipeline,
    /// As `windlass template put` takes it.
    Template,
    /// As `windlass schedule put` takes it.
    Schedule,
}

/// Prints the schema.
pub(crate) fn print(kind: Kind) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&schema(kind)?)?;
    printed::print(&format!("{schema}\n"))
}

fn schema(kind: Kind) -> Result<Value, Failure> {
    let document: Value = serde_json::from_str(&windlass_server::openapi_json(None))?;
    let components = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let (root, body) = match kind {
        Kind::Pipeline => ("NewPipeline", None),
        Kind::Template => ("PutTemplate", Some("NewPipeline")),
        Kind::Schedule => ("PutSchedule", None),
    };
    let mut used = BTreeMap::new();
    collect(root, &components, &mut used);
    if let Some(body) = body {
        let mut holes = BTreeMap::new();
        collect(body, &components, &mut holes);
        for (name, definition) in &mut holes {
            open(name, definition);
        }
        used.extend(holes);
        used.get_mut(root).into_iter().for_each(|template| {
            template["properties"]["pipeline"] = json!({"$ref": format!("#/$defs/{body}")});
            template["properties"]["parameters"] =
                json!({"$ref": "https://json-schema.org/draft/2020-12/schema"});
        });
    }
    let definitions: Map<String, Value> = used.into_iter().collect();
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Windlass: {}", kind.to_possible_value().map(|word| word.get_name().to_owned()).unwrap_or_default()),
        "$ref": format!("#/$defs/{root}"),
        "$defs": definitions,
    }))
}

/// Takes a component with all that it refers to.
fn collect(name: &str, components: &Map<String, Value>, used: &mut BTreeMap<String, Value>) {
    if used.contains_key(name) {
        return;
    }
    let Some(component) = components.get(name) else { return };
    let (mut definition, mut names) = (component.clone(), Vec::new());
    refer(&mut definition, &mut names);
    used.insert(name.to_owned(), definition);
    for name in &names {
        collect(name, components, used);
    }
}

/// Leads references to the schema's own definitions, and tells to which.
fn refer(value: &mut Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, field) in fields {
                match (key.as_str(), field.as_str().and_then(|to| to.strip_prefix("#/components/schemas/"))) {
                    ("$ref", Some(name)) => {
                        names.push(name.to_owned());
                        *field = Value::String(format!("#/$defs/{name}"));
                    }
                    _ => refer(field, names),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, names)),
        _ => {}
    }
}

/// Lets each field be an expression as well, and jobs and tasks be repeated.
fn open(name: &str, definition: &mut Value) {
    let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for property in properties.values_mut() {
        let known = property.take();
        *property = json!({"anyOf": [known, {"type": "string", "pattern": r"\{\{"}]});
    }
    if matches!(name, "NewJob" | "NewTask") {
        let list = json!({"description": "A list: it is repeated, with item and index.", "type": ["string", "array"]});
        let condition = json!({"description": "Whether it is there.", "type": ["string", "boolean"]});
        properties.insert("for_each".to_owned(), list);
        properties.insert("if".to_owned(), condition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unresolved(value: &Value, definitions: &Value) -> Vec<String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(key, field)| match field.as_str().and_then(|to| to.strip_prefix("#/$defs/")) {
                    Some(name) if key == "$ref" && definitions.get(name).is_none() => vec![name.to_owned()],
                    _ => unresolved(field, definitions),
                })
                .collect(),
            Value::Array(items) => items.iter().flat_map(|item| unresolved(item, definitions)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_schema_is_whole() {
        for kind in Kind::value_variants() {
            let schema = schema(*kind).unwrap();
            assert_eq!(unresolved(&schema, &schema["$defs"]), Vec::<String>::new());
            assert!(!schema.to_string().contains("#/components"));
        }
        let schedule = schema(Kind::Schedule).unwrap();
        assert!(schedule["$defs"]["PutSchedule"]["properties"]["cron"].is_object());
        let template = schema(Kind::Template).unwrap();
        assert!(template["$defs"]["NewJob"]["properties"]["for_each"].is_object());
        assert!(schema(Kind::Pipeline).unwrap()["$defs"]["NewJob"]["properties"].get("for_each").is_none());
    }
}
