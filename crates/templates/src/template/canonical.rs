//! One text for all JSON that says the same, whatever the order of keys.

use super::json::Json;

/// The JSON with the keys of its objects in order, and otherwise as it is written. What is no JSON stays.
pub fn canonical(json: &str) -> String {
    Json::parse(json).map_or_else(|_| json.to_owned(), |json| sorted(json).to_text())
}

fn sorted(json: Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Json::Object(fields)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_does_not_count_and_all_else_does() {
        let same = canonical(r#"{"b":[{"d":1,"c":2}],"a":1.0}"#);
        assert_eq!(same, canonical(r#"{ "a": 1.0, "b": [ {"c":2, "d":1} ] }"#));
        for other in
            [r#"{"b":[{"d":1,"c":2}],"a":1}"#, r#"{"b":[{"d":2,"c":1}],"a":1.0}"#, r#"{"a":1.0,"b":[]}"#]
        {
            assert_ne!(same, canonical(other));
        }
    }
}
