//! Whether a request says, in one way only, which host it is for: `Host` of HTTP/1.1, `:authority` of HTTP/2.
//!
//! Servers that read an ambiguous request differently can be played against each other, so RFC 9112 (3.2) and RFC 9113 (8.3.1) have it
//! refused. Which hosts are welcome is not judged here.

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, Version};
use windlass_wire::Code;

use crate::http::Problem;

/// Looks at the host of a request.
///
/// # Errors
/// 400 when it is missing, there twice, or no host with an optional port. HTTP/1.0 may leave it out.
pub(super) fn check(request: &Request<Body>) -> Result<(), Problem> {
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let mut hosts = request.headers().get_all(HOST).iter().map(HeaderValue::as_bytes);
    let (header, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(refuse("the header host is given more than once"));
    }
    if !authority.into_iter().chain(header).all(is_host) {
        return Err(refuse("the host is no name or address with an optional port"));
    }
    match (request.version(), authority, header) {
        (Version::HTTP_2, Some(authority), Some(header)) if !authority.eq_ignore_ascii_case(header) => {
            Err(refuse("the header host differs from :authority"))
        }
        (Version::HTTP_2, None, None) => Err(refuse(":authority is missing")),
        (Version::HTTP_11, _, None) => Err(refuse("the header host is missing")),
        _ => Ok(()),
    }
}

fn refuse(detail: &str) -> Problem {
    Problem::new(Code::MalformedRequest, format!("bad host: {detail}"))
}

/// `uri-host [ ":" port ]` of RFC 3986, but for an empty host, which `http` does not have (RFC 9110, 4.2.1).
fn is_host(value: &[u8]) -> bool {
    let Some((host, port)) = split(value) else { return false };
    let is_port = port.is_empty() || port[0] == b':' && port[1..].iter().all(u8::is_ascii_digit);
    let is_right = match host {
        [b'[', within @ .., b']'] => !within.is_empty() && is_literal(within),
        name => !name.is_empty() && is_name(name),
    };
    is_port && is_right
}

/// The host, with the brackets of an address of IPv6, and the rest, which is a colon and a port where there is one.
pub(super) fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = match value {
        [b'[', ..] => value.iter().position(|byte| *byte == b']')? + 1,
        _ => value.iter().position(|byte| *byte == b':').unwrap_or(value.len()),
    };
    Some(value.split_at(end))
}

/// What is between the brackets of an IPv6 address, or of a later kind.
fn is_literal(text: &[u8]) -> bool {
    text.iter().all(|byte| is_plain(*byte) || *byte == b':')
}

fn is_name(name: &[u8]) -> bool {
    let mut rest = name.iter();
    while let Some(byte) = rest.next() {
        let right = match byte {
            b'%' => {
                [rest.next(), rest.next()].into_iter().all(|digit| digit.is_some_and(u8::is_ascii_hexdigit))
            }
            byte => is_plain(*byte),
        };
        if !right {
            return false;
        }
    }
    true
}

/// `unreserved` and `sub-delims`.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request<Body> {
        let begun = Request::builder().version(version).uri(uri);
        hosts.iter().fold(begun, |begun, host| begun.header(HOST, *host)).body(Body::empty()).unwrap()
    }

    #[test]
    fn a_request_names_one_host() {
        for (version, uri, hosts) in [
            (Version::HTTP_11, "/", &["a"][..]),
            (Version::HTTP_11, "http://b/", &["a"]),
            (Version::HTTP_10, "/", &[]),
            (Version::HTTP_10, "/", &["a"]),
            (Version::HTTP_2, "http://a/", &[]),
            (Version::HTTP_2, "http://a:1/", &["A:1"]),
            (Version::HTTP_2, "/", &["a"]),
        ] {
            assert!(check(&request(version, uri, hosts)).is_ok(), "{version:?} {uri} {hosts:?}");
        }
        for (version, uri, hosts) in [
            (Version::HTTP_11, "/", &[][..]),
            (Version::HTTP_11, "http://a/", &[]),
            (Version::HTTP_11, "/", &["a", "a"]),
            (Version::HTTP_10, "/", &["a", "b"]),
            (Version::HTTP_11, "http://me@a/", &["a"]),
            (Version::HTTP_2, "http://me@a/", &[]),
            (Version::HTTP_2, "http://a/", &["b"]),
            (Version::HTTP_2, "/", &[]),
        ] {
            let problem = check(&request(version, uri, hosts)).unwrap_err().into_wire();
            assert_eq!(problem.code, Code::MalformedRequest, "{version:?} {uri} {hosts:?}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for right in [
            "a",
            "jobs.example",
            "my_service:7070",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:7070",
            "[v1.a:b]",
            "a:",
            "%C3%A9",
            "xn--bcher-kva.example.",
        ] {
            assert!(is_host(right.as_bytes()), "{right}");
        }
        for wrong in [
            "", ":80", "a b", "me@a", "a/b", "a?b", "a#b", "a\\b", "a:b", "a:1:2", "::1", "[::1", "[]",
            "[::1]x", "[::1]1", "[a%25b]", "%", "%4", "%zz", "é", "a,b@c", "\"a\"", "<a>",
        ] {
            assert!(!is_host(wrong.as_bytes()), "{wrong}");
        }
    }
}
