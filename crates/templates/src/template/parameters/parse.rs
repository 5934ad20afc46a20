//! A schema that is put.

use jsonschema::{Draft, Validator};
use serde_json::Value;

use super::bounds::SCHEMA_BYTES;
use super::patterns;
use super::unfold::Unfolding;
use super::verdict::{self, Root};
use crate::template::fault::Fault;
use crate::template::json::Json;
use crate::template::names;
use crate::template::place::Place;

/// The parameters of a template.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub(super) validator: Validator,
    /// Names and what stands in for them where they are not given.
    pub(super) defaults: Vec<(String, Json)>,
    /// Nodes of the schema, references unfolded.
    pub(super) nodes: usize,
}

/// The dialect of schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

impl Parameters {
    /// Reads JSON Schema 2020-12 of an object.
    ///
    /// # Errors
    /// What is wrong with it, by pointers below `/parameters`.
    pub(crate) fn parse(schema: &str) -> Result<Self, Vec<Fault>> {
        let at = Place::Root("/parameters");
        let refuse = |detail: String| vec![Fault::new(at, detail)];
        if schema.len() > SCHEMA_BYTES {
            return Err(refuse(format!("must have at most {SCHEMA_BYTES} bytes, has {}", schema.len())));
        }
        let json = Json::parse(schema).map_err(refuse)?;
        check_form(&json, &at)?;
        let unfolding = Unfolding::of(&json).map_err(|fault| vec![fault])?;
        let mut value = json.to_value();
        verdict::of(jsonschema::draft202012::meta::validator().iter_errors(&value), Root("/parameters"))?;
        close(&mut value);
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(false)
            .with_pattern_options(patterns::options(unfolding.patterns))
            .offline()
            .build(&value)
            .map_err(|error| vec![verdict::of_schema(&error)])?;
        Ok(Self { validator, defaults: defaults(&json), nodes: unfolding.nodes() })
    }
}

/// What holds beyond JSON Schema: it is of an object, and its properties have names that expressions can use.
fn check_form(schema: &Json, at: &Place<'_>) -> Result<(), Vec<Fault>> {
    let Json::Object(fields) = schema else { return Err(vec![Fault::new(at, "must be an object")]) };
    let mut faults = Vec::new();
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("type", Json::String(kind)) if kind != "object" => {
                faults.push(Fault::new(at.field(name), "must be object"));
            }
            ("type", Json::Array(_)) => faults.push(Fault::new(at.field(name), "must be object")),
            ("$schema", Json::String(dialect)) if dialect.trim_end_matches('#') != DIALECT => {
                faults.push(Fault::new(at.field(name), format!("must be {DIALECT}")));
            }
            ("properties", Json::Object(properties)) => {
                for (property, _) in properties {
                    let detail = names::fault(property);
                    faults.extend(detail.map(|detail| Fault::new(at.field(name).field(property), detail)));
                }
            }
            _ => {}
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// A parameter that the schema does not list is refused, unless it says otherwise itself.
fn close(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if !fields.contains_key("additionalProperties") && !fields.contains_key("unevaluatedProperties") {
        fields.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
    fields.entry("type").or_insert_with(|| Value::from("object"));
}

fn defaults(schema: &Json) -> Vec<(String, Json)> {
    let Some(Json::Object(properties)) = schema.get("properties") else { return Vec::new() };
    let default = |(name, property): &(String, Json)| Some((name.clone(), property.get("default")?.clone()));
    properties.iter().filter_map(default).collect()
}
