//! `Authorization`: what a caller shows.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};

use crate::settings::BootstrapKey;

/// The scheme, in any case.
const SCHEME: &str = "bearer";
/// How a key begins.
const BEGINNING: &str = "wl_";
/// Characters of a key behind that: 256 bits in base64url.
const CHARACTERS: usize = 43;

/// The SHA-256 of a text.
pub(super) type Hash = [u8; 32];

/// What a caller shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Nothing.
    None,
    /// Something that can be no key.
    Malformed,
    /// The SHA-256 of a text that may be a key.
    Key {
        /// The hash.
        hash: Hash,
        /// Whether it has the form of those that are stored; other texts can only be the bootstrap key.
        stored: bool,
    },
}

impl Credential {
    /// Reads it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = sent.next() else { return Self::None };
        let text = value.to_str().ok().and_then(token);
        let (Some(text), None) = (text, sent.next()) else { return Self::Malformed };
        Self::of_text(text)
    }

    /// A text that may be a key.
    pub(crate) fn of_text(text: &str) -> Self {
        let stored = is_stored(text);
        if !stored && !BootstrapKey::fits(text) {
            return Self::Malformed;
        }
        Self::Key { hash: Sha256::digest(text).into(), stored }
    }
}

/// What follows the scheme.
fn token(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| token.trim_matches(' '))
}

fn is_stored(text: &str) -> bool {
    text.strip_prefix(BEGINNING).is_some_and(|rest| {
        rest.len() == CHARACTERS
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Credential {
        let value = |value: &&str| (AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        Credential::of(&values.iter().map(value).collect())
    }

    #[test]
    fn a_key_comes_with_the_scheme_in_any_case() {
        let text = format!("wl_{}", "aZ0-_".repeat(9).get(..43).unwrap());
        let key = Credential::Key { hash: Sha256::digest(&text).into(), stored: true };
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer "] {
            assert_eq!(read(&[&format!("{scheme} {text}")]), key, "{scheme}");
        }
        let bootstrap = "!".repeat(32);
        let other = Credential::Key { hash: Sha256::digest(&bootstrap).into(), stored: false };
        assert_eq!(read(&[&format!("Bearer {bootstrap}")]), other);
    }

    #[test]
    fn what_can_be_no_key_is_malformed() {
        let key = format!("wl_{}", "a".repeat(43));
        assert_eq!(read(&[]), Credential::None);
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            key.as_str(),
            &format!("Basic {key}"),
            &format!("Bearer\t{key}"),
            &format!("Bearer {key} {key}"),
            &format!("Bearer {}", "a".repeat(31)),
            &format!("Bearer {}", "a".repeat(513)),
            &format!("Bearer wl_{}é", "a".repeat(42)),
        ] {
            assert_eq!(read(&[wrong]), Credential::Malformed, "{wrong}");
        }
        let twice = format!("Bearer {key}");
        assert_eq!(read(&[&twice, &twice]), Credential::Malformed);
    }

    #[test]
    fn only_the_form_of_stored_keys_is_ever_looked_up() {
        for other in [
            format!("wl_{}", "a".repeat(42)),
            format!("wl_{}", "a".repeat(44)),
            format!("wl_{}+", "a".repeat(42)),
            format!("WL_{}", "a".repeat(43)),
        ] {
            let read = read(&[&format!("Bearer {other}")]);
            assert!(matches!(read, Credential::Key { stored: false, .. }), "{other}");
        }
    }
}
