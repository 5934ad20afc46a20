//! How large a schema is once its references are followed.
//!
//! Two references to one place count twice, and what refers to itself has no end: else a schema of a few lines could make a validation
//! take for ever.

use super::bounds::{DEPTH, NODES};
use crate::template::fault::Fault;
use crate::template::json::Json;
use crate::template::place::Place;

/// Keywords whose values are objects of schemas: a name in there is a caller's own, whatever keyword it looks like.
const SCHEMAS: [&str; 6] =
    ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];
/// Keywords whose values are no schemas.
const DATA: [&str; 4] = ["const", "enum", "default", "examples"];
/// Keywords that lead to other documents, or change what a reference means.
const FOREIGN: [&str; 4] = ["$id", "$dynamicRef", "$recursiveRef", "$vocabulary"];

/// A walk over a schema.
pub(super) struct Unfolding<'s> {
    root: &'s Json,
    nodes: usize,
    pub(super) patterns: usize,
}

impl<'s> Unfolding<'s> {
    /// Follows every reference.
    ///
    /// # Errors
    /// The first that is too much, or leads out of the schema.
    pub(super) fn of(root: &'s Json) -> Result<Self, Fault> {
        let mut unfolding = Self { root, nodes: 0, patterns: 0 };
        unfolding.walk(root, 0, &Place::Root("/parameters"))?;
        Ok(unfolding)
    }

    /// How many nodes it has.
    pub(super) fn nodes(&self) -> usize {
        self.nodes
    }

    fn walk(&mut self, node: &'s Json, depth: usize, at: &Place<'_>) -> Result<(), Fault> {
        self.count(1)?;
        check_depth(depth, at)?;
        match node {
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, depth + 1, &at.item(index))?;
                }
            }
            Json::Object(fields) => {
                for (name, value) in fields {
                    self.keyword(name, value, depth, &at.field(name))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Counts nodes at once, whether they are walked or not: what comes last is bounded like the rest.
    fn count(&mut self, more: usize) -> Result<(), Fault> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > NODES {
            let detail = format!("has more than {NODES} nodes, those of references counted at each");
            return Err(Fault::new("/parameters", detail));
        }
        Ok(())
    }

    fn keyword(&mut self, name: &str, value: &'s Json, depth: usize, at: &Place<'_>) -> Result<(), Fault> {
        match (name, value) {
            (schemas, Json::Object(members)) if SCHEMAS.contains(&schemas) => {
                if name == "patternProperties" {
                    self.patterns += members.len();
                }
                return self.members(members, depth + 1, at);
            }
            ("$ref", Json::String(reference)) => {
                let target = self.target(reference).ok_or_else(|| {
                    Fault::new(at, "must be # or #/… and lead to a place within the schema")
                })?;
                return self.walk(target, depth + 1, at);
            }
            (foreign, Json::String(_)) if FOREIGN.contains(&foreign) => {
                return Err(Fault::new(at, "is not taken: a schema refers to nothing but itself, by $ref"));
            }
            ("pattern", Json::String(_)) => self.patterns += 1,
            (data, _) if DATA.contains(&data) => return self.count(value.count()),
            _ => {}
        }
        self.walk(value, depth + 1, at)
    }

    /// Walks schemas by names.
    fn members(&mut self, members: &'s [(String, Json)], depth: usize, at: &Place<'_>) -> Result<(), Fault> {
        self.count(1)?;
        check_depth(depth, at)?;
        members.iter().try_for_each(|(name, schema)| self.walk(schema, depth + 1, &at.field(name)))
    }

    /// What a reference leads to. One with `%` is not followed: the validator decodes it, and could end elsewhere than this walk.
    fn target(&self, reference: &str) -> Option<&'s Json> {
        let path = reference.strip_prefix('#').filter(|path| !path.contains('%'))?;
        if path.is_empty() {
            return Some(self.root);
        }
        path.strip_prefix('/')?.split('/').try_fold(self.root, |node, step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match node {
                Json::Array(items) => items.get(step.parse::<usize>().ok()?),
                other => other.get(&step),
            }
        })
    }
}

fn check_depth(depth: usize, at: &Place<'_>) -> Result<(), Fault> {
    if depth > DEPTH {
        return Err(Fault::new(at, format!("is deeper than {DEPTH} levels, or refers to itself")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn nodes(schema: &str) -> Result<usize, String> {
        let json = Json::parse(schema).unwrap();
        let unfolded = Unfolding::of(&json).map(|unfolding| unfolding.nodes());
        unfolded.map_err(|fault| fault.pointer)
    }

    #[test]
    fn references_are_followed_within_the_schema_and_counted_at_each() {
        let plain = nodes(r#"{"properties":{"a":{"type":"string"}}}"#).unwrap();
        let twice = r##"{"$defs":{"d":{"type":"string"}},"properties":{"a":{"$ref":"#/$defs/d"},"b":{"$ref":"#/$defs/d"}}}"##;
        assert!(nodes(twice).unwrap() > plain + 4);
        for (schema, pointer) in [
            (r##"{"properties":{"a":{"$ref":"#"}}}"##, None),
            (r#"{"$ref":"http://example.com/s"}"#, Some("/parameters/$ref")),
            (r#"{"$ref":"other.json#/a"}"#, Some("/parameters/$ref")),
            (r##"{"$ref":"#/nowhere"}"##, Some("/parameters/$ref")),
            (r#"{"$id":"http://example.com/s"}"#, Some("/parameters/$id")),
            (r##"{"allOf":[{"$dynamicRef":"#a"}]}"##, Some("/parameters/allOf/0/$dynamicRef")),
        ] {
            let at = nodes(schema).unwrap_err();
            assert!(pointer.is_none_or(|pointer| at == pointer), "{schema}: {at}");
        }
        assert!(nodes(r#"{"properties":{"$ref":{"type":"string"}},"const":{"$ref":"http://x"}}"#).is_ok());
    }

    #[test]
    fn nodes_and_depth_are_bounded() {
        let wide = |count: usize| format!(r#"{{"enum":[{}]}}"#, vec!["1"; count].join(","));
        assert_eq!(nodes(&wide(NODES - 2)), Ok(NODES));
        for count in [NODES - 1, 15_000] {
            assert_eq!(
                nodes(&wide(count)),
                Err("/parameters".to_owned()),
                "data that comes last counts, too"
            );
        }
        let deep = |levels: usize| format!("{}{}{}", r#"{"not":"#.repeat(levels), "true", "}".repeat(levels));
        assert!(nodes(&deep(DEPTH)).is_ok());
        assert!(nodes(&deep(DEPTH + 1)).is_err());
    }

    /// 40 schemas, each of the next one twice, the last one empty, as the members of an object; `to` is where they are.
    fn doubling(to: &str) -> String {
        let mut members = String::new();
        for at in 0..40 {
            let next = format!(r#"{{"$ref":"{to}d{}"}}"#, at + 1);
            write!(members, r#""d{at}":{{"allOf":[{next},{next}]}},"#).unwrap();
        }
        format!(r#"{{{members}"d40":{{}}}}"#)
    }

    #[test]
    fn references_that_double_are_refused_whatever_the_names_on_their_way() {
        let refused = |schema: &str| assert!(nodes(schema).is_err(), "{schema}");
        refused(&format!(r#"{{"$defs":{}}}"#, doubling("#/$defs/")));
        for keyword in SCHEMAS {
            for name in DATA {
                let to = format!("#/{keyword}/{name}/");
                refused(&format!(r#"{{"{keyword}":{{"{name}":{}}}}}"#, doubling(&to)));
            }
        }
        let property = r##"{"properties":{"const":{"$ref":"#/$defs/const/d0"}},"$defs":{"const":DOUBLING}}"##;
        refused(&property.replace("DOUBLING", &doubling("#/$defs/const/")));
    }

    #[test]
    fn a_reference_that_the_validator_would_decode_is_refused() {
        let schema = r##"{"$defs":{"%61":{},"a":{}},"allOf":[{"$ref":"#/$defs/%61"}]}"##;
        assert_eq!(nodes(schema), Err("/parameters/allOf/0/$ref".to_owned()));
    }

    #[test]
    fn schemas_by_names_are_as_deep_and_as_many_as_they_were() {
        assert_eq!(nodes(r#"{"properties":{"const":{"const":{"$ref":"http://x"}}}}"#), Ok(5));
        let json = Json::parse(r#"{"patternProperties":{"a":{},"b":{"pattern":"c"}}}"#).unwrap();
        assert_eq!(Unfolding::of(&json).unwrap().patterns, 3);
        let deep =
            |levels: usize| format!("{}{{}}{}", r#"{"$defs":{"a":"#.repeat(levels), "}}".repeat(levels));
        assert!(nodes(&deep(DEPTH / 2)).is_ok() && nodes(&deep(DEPTH / 2 + 1)).is_err());
    }
}
