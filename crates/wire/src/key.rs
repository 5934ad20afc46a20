//! Keys: who may call, and for what.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Scope;

/// A key as it is shown: the fields that every answer has, and those of its own at the end. Said once, and not by serde's `flatten`, so
/// that each has a flat schema.
macro_rules! key {
    ($(#[$about:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name {
            /// `UUIDv7`, made by the server.
            pub id: Uuid,
            /// What people call it; several may have the same name.
            #[cfg_attr(feature = "openapi", schema(examples("ci")))]
            pub name: String,
            /// What it may be used for.
            pub scopes: Vec<Scope>,
            /// The only types that it may dequeue and create, or beginnings of types with `*` at their end; null is any.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub types: Option<Vec<String>>,
            /// The first 11 characters of its text, to tell keys apart.
            #[cfg_attr(feature = "openapi", schema(examples("wl_k3jD9xQ0")))]
            pub prefix: String,
            /// The most calls a second, at each server; null is no limit.
            #[cfg_attr(feature = "openapi", schema(required, minimum = 1, maximum = 100_000))]
            pub max_requests_per_second: Option<u32>,
            /// When it was made.
            pub created_at: DateTime<Utc>,
            /// The name of the key that made it; null where nobody's did, as by the command line.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub created_by: Option<String>,
            /// When it ends by itself; null is never.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub expires_at: Option<DateTime<Utc>>,
            /// When it was last used, exact to a minute; null if it never was.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub last_used_at: Option<DateTime<Utc>>,
            /// When it last got a new text; null if it never did.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub rotated_at: Option<DateTime<Utc>>,
            /// Until when the text before works as well; null where none does.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub overlap_until: Option<DateTime<Utc>>,
            /// The first 11 characters of the text before, while that works as well; else null.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub previous_prefix: Option<String>,
            /// When it was revoked, for good; null if it was not.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub revoked_at: Option<DateTime<Utc>>,
            /// Why it was revoked, where somebody said so.
            #[cfg_attr(feature = "openapi", schema(required))]
            pub reason: Option<String>,
            $($own)*
        }
    };
}

key! {
    /// A key, without its text.
    #[derive(Debug)]
    Key {}
}

key! {
    /// A [`Key`] with its text, as it is shown when it was made and after a rotation, and never again. It has no `Debug`, so that no log shows it.
    KeyWithText {
        /// The text that callers send, as `Authorization: Bearer …`: `wl_` and 43 characters.
        #[cfg_attr(feature = "openapi", schema(pattern = "^wl_[A-Za-z0-9_-]{43}$"))]
        pub key: String,
    }
}

/// The key of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CurrentKey {
    /// One that was made.
    Made(Key),
    /// One that is in no list: the bootstrap key; or none at all, where none is needed.
    Unlisted(UnlistedKey),
}

/// What may be done by the bootstrap key, and where no key is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnlistedKey {
    /// Always null.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::field_schemas::null))]
    pub id: Option<Uuid>,
    /// `bootstrap`; null where no key is needed.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub name: Option<String>,
    /// `admin`.
    pub scopes: Vec<Scope>,
    /// Null: any.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub types: Option<Vec<String>>,
}

/// A key to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What to call it, 1 to 200 characters, not `bootstrap`; several may have the same name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: String,
    /// What it may be used for: 1 to 5, none twice.
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::field_schemas::scopes))]
    pub scopes: Vec<Scope>,
    /// The only types that it may dequeue and create, 1 to 50: each exact, or a beginning with `*` at its end; default null, any. Not with
    /// the scopes `operate` and `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(schema_with = crate::field_schemas::type_patterns))]
    pub types: Option<Vec<String>>,
    /// When it ends by itself, ahead of now; default null, never.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::time::micros_or_null"
    )]
    pub expires_at: Option<DateTime<Utc>>,
    /// The most calls a second, at each server, 1 to 100,000; default null, no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100_000))]
    pub max_requests_per_second: Option<u32>,
}

/// How to give a key a new text; the whole body is optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// Seconds for which the text before works as well, 0 to 30 days; default 86,400, a day.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "crate::number::plain_or_null"
    )]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 0, maximum = 2_592_000))]
    pub overlap_seconds: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_key_is_read_as_what_it_is() {
        let none = r#"{"id":null,"name":null,"scopes":["admin"],"types":null}"#;
        let read: CurrentKey = serde_json::from_str(none).unwrap();
        assert!(matches!(&read, CurrentKey::Unlisted(UnlistedKey { id: None, name: None, .. })));
        assert_eq!(serde_json::to_string(&read).unwrap(), none);
        let made = r#"{"id":"01940000-0000-7000-8000-000000000001","name":"ci","scopes":["work"],"types":["a-*"],"prefix":"wl_k3jD9xQ0","max_requests_per_second":null,"created_at":"2026-11-22T20:00:00Z","created_by":null,"expires_at":null,"last_used_at":null,"rotated_at":null,"overlap_until":null,"previous_prefix":null,"revoked_at":null,"reason":null}"#;
        let read: CurrentKey = serde_json::from_str(made).unwrap();
        assert!(matches!(&read, CurrentKey::Made(key) if key.name == "ci"));
        assert_eq!(serde_json::to_string(&read).unwrap(), made);
    }

    #[test]
    fn what_is_not_said_of_a_new_key_is_not_sent() {
        let new = NewKey { name: "ci".to_owned(), scopes: vec![Scope::Produce], ..NewKey::default() };
        assert_eq!(serde_json::to_string(&new).unwrap(), r#"{"name":"ci","scopes":["produce"]}"#);
        assert_eq!(serde_json::to_string(&RotateKey::default()).unwrap(), "{}");
    }
}
