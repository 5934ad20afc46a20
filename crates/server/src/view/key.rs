//! A key as the contract shows it.

use windlass_domain as domain;
use windlass_store as store;
use windlass_wire as wire;

use super::values;
use crate::key_text::KeyText;

/// A key, without its text.
pub(crate) fn key(key: store::Key) -> wire::Key {
    wire::Key {
        id: key.id,
        name: key.name,
        scopes: key.scopes.into_iter().map(scope).collect(),
        types: key.types,
        prefix: key.prefix,
        max_requests_per_second: key.max_requests_per_second.map(values::small),
        created_at: key.created_at,
        created_by: key.created_by,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        rotated_at: key.rotated_at,
        overlap_until: key.overlap_until,
        previous_prefix: key.previous_prefix,
        revoked_at: key.revoked_at,
        reason: key.reason,
    }
}

/// A key with its new text.
pub(crate) fn key_with_text(stored: store::Key, text: KeyText) -> wire::KeyWithText {
    let key = key(stored);
    wire::KeyWithText {
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        types: key.types,
        prefix: key.prefix,
        max_requests_per_second: key.max_requests_per_second,
        created_at: key.created_at,
        created_by: key.created_by,
        expires_at: key.expires_at,
        last_used_at: key.last_used_at,
        rotated_at: key.rotated_at,
        overlap_until: key.overlap_until,
        previous_prefix: key.previous_prefix,
        revoked_at: key.revoked_at,
        reason: key.reason,
        key: text.into_string(),
    }
}

/// What may be done by the bootstrap key.
pub(crate) fn bootstrap_key() -> wire::CurrentKey {
    unlisted(Some(domain::Name::BOOTSTRAP.to_owned()))
}

/// What may be done where no key is needed.
pub(crate) fn no_key() -> wire::CurrentKey {
    unlisted(None)
}

fn unlisted(name: Option<String>) -> wire::CurrentKey {
    wire::CurrentKey::Unlisted(wire::UnlistedKey {
        id: None,
        name,
        scopes: vec![wire::Scope::Admin],
        types: None,
    })
}

fn scope(scope: domain::Scope) -> wire::Scope {
    match scope {
        domain::Scope::Read => wire::Scope::Read,
        domain::Scope::Produce => wire::Scope::Produce,
        domain::Scope::Work => wire::Scope::Work,
        domain::Scope::Operate => wire::Scope::Operate,
        domain::Scope::Admin => wire::Scope::Admin,
    }
}
