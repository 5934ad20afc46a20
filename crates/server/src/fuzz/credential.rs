//! `Authorization`: what is taken for a key, and for which, against a reading of its own by bytes.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sha2::{Digest, Sha256};

use super::runner::{holds, is_found};
use crate::http::auth::Credential;

const CASES: u32 = 4_000;

/// Texts around the form of keys and the bounds of the bootstrap key.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let base64url = vec(select(&b"azAZ09-_"[..]), 40..46);
    let stored = base64url.prop_map(|rest| [&b"wl_"[..], &rest[..]].concat());
    let visible = prop_oneof![vec(0x21_u8..=0x7e, 30..35), vec(0x21_u8..=0x7e, 510..515)];
    let changed = (stored.clone(), any::<Index>(), any::<u8>()).prop_map(|(mut text, at, byte)| {
        let at = at.index(text.len());
        text[at] = byte;
        text
    });
    prop_oneof![3 => stored, 2 => visible, 2 => changed, 1 => vec(any::<u8>(), 0..60)]
}

/// Values of the header; those that HTTP itself refuses never come this far.
fn headers() -> impl Strategy<Value = HeaderMap> {
    let scheme = select(
        &["Bearer ", "bearer ", "BEARER  ", "bEaReR ", "Bearer", "Bearer\t", "Basic ", "", " Bearer "][..],
    );
    let end = select(&["", "", "", " ", "\t", " x"][..]);
    let value = (scheme, texts(), end)
        .prop_map(|(scheme, text, end)| [scheme.as_bytes(), &text, end.as_bytes()].concat());
    vec(value, 1..3).prop_map(|values| {
        let sent = values.iter().filter_map(|value| HeaderValue::from_bytes(value).ok());
        sent.map(|value| (AUTHORIZATION, value)).collect()
    })
}

/// One value, the scheme in any case, spaces, and one text.
fn plain(headers: &HeaderMap) -> Credential {
    let values: Vec<&[u8]> = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes).collect();
    let [value] = values[..] else {
        return if values.is_empty() { Credential::None } else { Credential::Malformed };
    };
    let (scheme, rest) = value.split_at(value.len().min(7));
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return Credential::Malformed;
    }
    let first = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
    let last = rest.iter().rposition(|byte| *byte != b' ').map_or(first, |last| last + 1);
    let text = &rest[first..last];
    let base64url = |byte: &u8| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_');
    let stored = text.len() == 46 && text.starts_with(b"wl_") && text[3..].iter().all(base64url);
    let fits = (32..=512).contains(&text.len()) && text.iter().all(|byte| (0x21..=0x7e).contains(byte));
    if fits { Credential::Key { hash: Sha256::digest(text).into(), stored } } else { Credential::Malformed }
}

fn check(headers: &HeaderMap, read: Credential) -> Result<(), TestCaseError> {
    prop_assert_eq!(read, plain(headers));
    Ok(())
}

#[test]
fn whatever_is_shown_only_a_key_is_taken_for_one() {
    holds(CASES, &headers(), |headers| check(&headers, Credential::of(&headers)));
}

/// A flaw, as what it does to a value before it is read.
type Flawed = fn(&[u8]) -> Vec<u8>;

#[test]
fn flawed_readers_of_keys_are_found_out() {
    let changed = |headers: &HeaderMap, change: fn(&[u8]) -> Vec<u8>| -> HeaderMap {
        let values = headers.get_all(AUTHORIZATION).iter();
        let values = values.filter_map(|value| HeaderValue::from_bytes(&change(value.as_bytes())).ok());
        values.map(|value| (AUTHORIZATION, value)).collect()
    };
    let flaws: [(&str, Flawed); 4] = [
        ("any scheme will do", |value| {
            let at = value.iter().position(|byte| *byte == b' ').unwrap_or(0);
            [&b"Bearer"[..], &value[at..]].concat()
        }),
        ("what follows the text is overlooked", |value| value.strip_suffix(b" x").unwrap_or(value).to_vec()),
        ("a key is read in any case", |value| value.to_ascii_lowercase()),
        ("a character too many is overlooked", |value| {
            value.iter().copied().take("Bearer wl_".len() + 43).collect()
        }),
    ];
    for (flaw, change) in flaws {
        is_found(flaw, CASES, &headers(), |headers| {
            check(&headers, Credential::of(&changed(&headers, change)))
        });
    }
    is_found("a second value is overlooked", CASES, &headers(), |headers| {
        let first = headers.iter().take(1).map(|(name, value)| (name.clone(), value.clone())).collect();
        check(&headers, Credential::of(&first))
    });
}
