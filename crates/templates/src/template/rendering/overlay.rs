//! Metadata that is given, merged over the template's.

use std::collections::HashMap;

use crate::template::json::Json;

/// `patch` merged over `base` as a merge patch (RFC 7396); what it does not touch stays as and where it is.
pub(super) fn merged(base: Option<Json>, patch: Json) -> Json {
    let Json::Object(changes) = patch else { return patch };
    let fields = match base {
        Some(Json::Object(fields)) => fields,
        _ => Vec::new(),
    };
    // Both may have tens of thousands of fields: places are looked up, and what is taken out leaves its place empty until the end.
    let mut places = HashMap::with_capacity(fields.len());
    for (place, (name, _)) in fields.iter().enumerate() {
        places.entry(name.clone()).or_insert(place);
    }
    let mut fields: Vec<(String, Option<Json>)> =
        fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
    for (name, change) in changes {
        if change == Json::Null {
            if let Some(place) = places.remove(&name) {
                fields[place].1 = None;
            }
        } else if let Some(&place) = places.get(&name) {
            let before = fields[place].1.take();
            fields[place].1 = Some(merged(before, change));
        } else {
            places.insert(name.clone(), fields.len());
            fields.push((name, Some(merged(None, change))));
        }
    }
    Json::Object(fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_merged_over_what_the_template_says() {
        for (base, patch, outcome) in [
            (
                r#"{"a":1,"b":{"c":2}}"#,
                r#"{"b":{"d":1e400},"e":3}"#,
                r#"{"a":1,"b":{"c":2,"d":1e400},"e":3}"#,
            ),
            (r#"{"a":1,"b":2}"#, r#"{"a":null,"z":null}"#, r#"{"b":2}"#),
            (r#""odd""#, r#"{"a":1}"#, r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"a":[null]}"#, r#"{"a":[null]}"#),
        ] {
            let json = |text| Json::parse(text).unwrap();
            assert_eq!(merged(Some(json(base)), json(patch)).to_text(), outcome);
        }
    }
    #[test]
    fn what_is_taken_out_and_given_again_comes_last() {
        let json = |text| Json::parse(text).unwrap();
        let patch = json(r#"{"a":null,"c":3,"a":{"x":null,"y":1}}"#);
        assert_eq!(merged(Some(json(r#"{"a":1,"b":2}"#)), patch).to_text(), r#"{"b":2,"c":3,"a":{"y":1}}"#);
    }

    #[test]
    fn tens_of_thousands_of_fields_are_merged_in_time() {
        let fields = |prefix: &str, value: &Json| {
            let field = |at: usize| (format!("{prefix}{at}"), value.clone());
            Json::Object((0..50_000).map(field).collect())
        };
        let begun = std::time::Instant::now();
        let base = fields("a", &Json::Bool(true));
        assert_eq!(merged(Some(base.clone()), fields("b", &Json::Bool(true))).count(), 100_001);
        assert_eq!(merged(Some(base), fields("a", &Json::Null)).count(), 1);
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
