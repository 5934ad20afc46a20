//! Reading what is said of keys: of a new one, and of a rotation.

use std::time::Duration;

use windlass_domain::{AllowedType, AllowedTypes, Limits, Name, Scope};
use windlass_store::NewKey;

use super::json::Field;

/// The words of scopes, for people.
const SCOPES: &str = "read, produce, work, operate, admin";

/// A new key.
pub(crate) fn read_new_key(root: Field<'_>) -> Option<NewKey> {
    root.object(|key| {
        let name = key.required("name", |field| field.text(Name::of_new_key));
        let scopes = key.required("scopes", read_scopes);
        let types = key.optional("types", |field| read_types(field, scopes.as_deref().unwrap_or_default()));
        let expires_at = key.optional("expires_at", |field| field.instant());
        let most =
            key.optional("max_requests_per_second", |field| field.integer(Limits::REQUESTS_PER_SECOND));
        Some(NewKey {
            name: name?,
            scopes: scopes?,
            types,
            expires_at,
            max_requests_per_second: most.and_then(|most| u32::try_from(most).ok()),
        })
    })
}

fn read_scopes(field: Field<'_>) -> Option<Vec<Scope>> {
    let mut seen = Vec::new();
    field.each(1..=Scope::ALL.len(), |field, _| {
        let scope = field.word(Scope::parse, SCOPES)?;
        if seen.contains(&scope) {
            return field.refuse("is given more than once");
        }
        seen.push(scope);
        Some(scope)
    })
}

/// The types; they narrow only scopes that are about tasks of a type.
fn read_types(field: Field<'_>, scopes: &[Scope]) -> Option<AllowedTypes> {
    let types = field.each(1..=AllowedTypes::MOST, |field, _| field.text(AllowedType::parse));
    if let Some(wide) = scopes.iter().find(|scope| matches!(scope, Scope::Operate | Scope::Admin)) {
        return field
            .refuse(format_args!("must not be given with the scope {wide}, which they do not narrow"));
    }
    AllowedTypes::new(types?).map_err(|invalid| field.refuse::<AllowedTypes>(invalid)).ok()
}

/// How long a text of before works as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overlap(Duration);

impl Overlap {
    /// One of this length.
    pub(super) fn of(length: Duration) -> Self {
        Self(length)
    }

    /// Its length.
    pub(crate) fn length(self) -> Duration {
        self.0
    }
}

impl Default for Overlap {
    fn default() -> Self {
        Self(Duration::from_hours(24))
    }
}

/// The overlap of a rotation.
pub(crate) fn read_overlap(root: Field<'_>) -> Option<Overlap> {
    root.object(|body| {
        let overlap = body.present("overlap_seconds", |field| field.seconds(Limits::OVERLAP_SECONDS));
        Some(overlap.map_or_else(Overlap::default, Overlap))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn new(fields: &str) -> Result<NewKey, Vec<String>> {
        let body = format!(r#"{{"name":"ci","scopes":["work"]{fields}}}"#);
        Document::of(&body).read(read_new_key).map_err(Rejection::pointers)
    }

    fn scoped(scopes: &str) -> Result<NewKey, Vec<String>> {
        let body = format!(r#"{{"name":"ci","scopes":{scopes}}}"#);
        Document::of(&body).read(read_new_key).map_err(Rejection::pointers)
    }

    fn named(name: &str) -> Result<NewKey, Vec<String>> {
        let body = format!(r#"{{"name":"{name}","scopes":["work"]}}"#);
        Document::of(&body).read(read_new_key).map_err(Rejection::pointers)
    }

    #[test]
    fn name_and_scopes_are_required_and_the_rest_has_defaults() {
        let key = new(r#","types":null,"expires_at":null,"max_requests_per_second":null"#).unwrap();
        assert_eq!((key.name.as_str(), &key.scopes[..]), ("ci", &[Scope::Work][..]));
        assert!(key.types.is_none() && key.expires_at.is_none() && key.max_requests_per_second.is_none());
        let refused = Document::of("{}").read(read_new_key).map_err(Rejection::pointers).unwrap_err();
        assert_eq!(refused, ["/name", "/scopes"]);
        assert_eq!(new(r#","key":"wl_mine""#).unwrap_err(), ["/key"]);
    }

    #[test]
    fn a_name_has_1_to_200_characters_and_is_not_bootstrap() {
        assert!(named(&"é".repeat(200)).is_ok() && named("Bootstrap").is_ok());
        for wrong in ["", "bootstrap", &"é".repeat(201)] {
            assert_eq!(named(wrong).unwrap_err(), ["/name"], "{wrong}");
        }
    }

    #[test]
    fn scopes_are_1_to_5_and_none_is_there_twice() {
        let all = scoped(r#"["admin","work","read","operate","produce"]"#).unwrap();
        assert_eq!(all.scopes[..2], [Scope::Admin, Scope::Work], "in the order in which they were sent");
        for (wrong, at) in [
            ("[]", "/scopes"),
            (r#"["read","read"]"#, "/scopes/1"),
            (r#"["Read"]"#, "/scopes/0"),
            (r#""read""#, "/scopes"),
            ("null", "/scopes"),
            (r#"["read","produce","work","operate","admin","read"]"#, "/scopes"),
        ] {
            assert_eq!(scoped(wrong).unwrap_err(), [at], "{wrong}");
        }
    }

    #[test]
    fn types_are_1_to_50_exact_ones_or_beginnings() {
        let types = |n: usize| format!(r#","types":[{}]"#, vec![r#""resize-*""#; n].join(","));
        assert!(new(&types(1)).is_ok() && new(&types(50)).is_ok());
        for (wrong, at) in [
            (types(0), "/types"),
            (types(51), "/types"),
            (r#","types":["*"]"#.to_owned(), "/types/0"),
            (r#","types":["a",""]"#.to_owned(), "/types/1"),
            (r#","types":"a""#.to_owned(), "/types"),
        ] {
            assert_eq!(new(&wrong).unwrap_err(), [at], "{wrong}");
        }
    }

    #[test]
    fn types_go_with_no_scope_that_they_do_not_narrow() {
        for (scopes, taken) in [
            (r#"["work","produce","read"]"#, true),
            (r#"["work","operate"]"#, false),
            (r#"["admin"]"#, false),
        ] {
            let body = format!(r#"{{"name":"ci","scopes":{scopes},"types":["a"]}}"#);
            let read = Document::of(&body).read(read_new_key).map_err(Rejection::pointers);
            if taken {
                assert!(read.is_ok(), "{scopes}");
            } else {
                assert_eq!(read.unwrap_err(), ["/types"], "{scopes}");
            }
        }
    }

    #[test]
    fn numbers_are_taken_at_their_bounds_and_refused_past_them() {
        for most in ["1", "100000"] {
            assert!(new(&format!(r#","max_requests_per_second":{most}"#)).is_ok(), "{most}");
        }
        for most in ["0", "100001", "1.5", "\"1\""] {
            let refused = new(&format!(r#","max_requests_per_second":{most}"#)).unwrap_err();
            assert_eq!(refused, ["/max_requests_per_second"], "{most}");
        }
        assert_eq!(new(r#","expires_at":"soon""#).unwrap_err(), ["/expires_at"]);
    }

    #[test]
    fn an_overlap_is_a_day_unless_it_is_said_and_up_to_30_days() {
        let read = |body: &str| Document::of(body).read(read_overlap).map_err(Rejection::pointers);
        assert_eq!(read("{}").unwrap().length(), Duration::from_hours(24));
        assert_eq!(read(r#"{"overlap_seconds":0}"#).unwrap().length(), Duration::ZERO);
        assert_eq!(read(r#"{"overlap_seconds":2592000}"#).unwrap().length(), Duration::from_hours(720));
        for wrong in ["-1", "2592000.5", "null", "\"1\""] {
            let refused = read(&format!(r#"{{"overlap_seconds":{wrong}}}"#)).unwrap_err();
            assert_eq!(refused, ["/overlap_seconds"], "{wrong}");
        }
        assert_eq!(read(r#"{"overlap":1}"#).unwrap_err(), ["/overlap"]);
    }
}
