//! Which pages of a browser may call a server that asks for no key.
//!
//! Whoever reaches such a server may do all, and a browser on a machine that does is steered by whatever page it shows. So a page of another
//! origin is refused (`Origin`), and so is one that has given this server a name of its own to be of the same origin (DNS rebinding: `Host`). Who is
//! no browser sends what it likes, and is not meant. Of calls with keys nothing is looked at: a page has none.

use std::net::IpAddr;

use axum::body::Body;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderValue, Request};
use windlass_wire::Code;

use super::host;
use crate::app::App;
use crate::http::Problem;
use crate::http::entrance::LocalAddress;
use crate::settings::{AllowedHost, HostName, Origin};

/// What is asked by probes, which know a server by whatever name they like, and shows nothing.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/jobnik/liveness"];

/// Looks at the host and the origin of a request.
///
/// # Errors
/// 403 where one of the two is not welcome.
pub(super) fn check(app: &App, request: &Request<Body>) -> Result<(), Problem> {
    if PROBES.contains(&request.uri().path()) {
        return Ok(());
    }
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let header = request.headers().get(HOST).map(HeaderValue::as_bytes);
    // Who names none, as HTTP/1.0 may, names none of this server's.
    let hosts: Vec<Named> = header.into_iter().chain(authority).map(Named::of).collect();
    let local = request.extensions().get::<LocalAddress>().map(|local| local.0);
    if hosts.is_empty() || !hosts.iter().all(|named| is_welcome(&named.host, local, app.allowed_hosts())) {
        return Err(refuse("the request's host is not one of this server's", "--allowed-hosts"));
    }
    let own = |origin: &Origin| {
        hosts.first().is_some_and(|named| origin.is_at(&named.host, named.port))
            || app.public_url().is_some_and(|url| Origin::of_url(url.as_str()).as_ref() == Some(origin))
    };
    let is_welcome = |sent: &HeaderValue| {
        let origin = sent.to_str().ok().and_then(Origin::parse);
        origin.is_some_and(|origin| own(&origin) || app.cors_origins().contains(&origin))
    };
    if !request.headers().get_all(ORIGIN).iter().all(is_welcome) {
        return Err(refuse("the request comes from a page of another origin", "--cors-origins"));
    }
    Ok(())
}

fn refuse(why: &str, setting: &str) -> Problem {
    let detail =
        format!("{why}; a server that asks for no key answers only its own, and those that {setting} lists");
    Problem::new(Code::Forbidden, detail)
}

/// What a request is for.
struct Named {
    host: HostName,
    port: Option<u16>,
}

impl Named {
    /// Of a value that is a host, perhaps with a port.
    fn of(value: &[u8]) -> Self {
        let (host, port) = host::split(value).unwrap_or((value, b""));
        let port = port.strip_prefix(b":").and_then(|port| std::str::from_utf8(port).ok());
        let host = HostName::of(&String::from_utf8_lossy(host));
        Self { host, port: port.and_then(|port| port.parse().ok()) }
    }
}

/// Whether it is a name of loopback, the address that the connection was made to, or listed.
fn is_welcome(host: &HostName, local: Option<IpAddr>, allowed: &[AllowedHost]) -> bool {
    let is_local = |address: &IpAddr| local.is_some_and(|local| local.to_canonical() == *address);
    host.is_loopback()
        || matches!(host, HostName::Address(address) if is_local(address))
        || allowed.iter().any(|allowed| allowed.is(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_of_loopback_the_connections_own_address_or_listed() {
        let allowed = ["jobs.example".parse().unwrap(), "10.9.9.9".parse().unwrap()];
        for (host, local, is) in [
            ("localhost:7070", "10.0.0.1", true),
            ("127.0.0.2", "10.0.0.1", true),
            ("[::1]:1", "fd00::1", true),
            ("10.0.0.1:7070", "10.0.0.1", true),
            // How a listener for both families shows a client of IPv4.
            ("10.0.0.1", "::ffff:10.0.0.1", true),
            ("[fd00::1]", "fd00:0::1", true),
            ("10.0.0.2", "10.0.0.1", false),
            ("[fd00::2]", "fd00::1", false),
            ("0.0.0.0", "10.0.0.1", false),
            ("Jobs.Example:99", "10.0.0.1", true),
            ("10.9.9.9:1", "10.0.0.1", true),
            ("jobs.example.", "10.0.0.1", false),
            ("evil.example", "127.0.0.1", false),
            ("localhost.evil.example", "127.0.0.1", false),
        ] {
            let local = Some(local.parse().unwrap());
            assert_eq!(is_welcome(&Named::of(host.as_bytes()).host, local, &allowed), is, "{host}");
        }
        assert!(!is_welcome(&HostName::of("10.0.0.1"), None, &allowed), "an unknown address is nobody's");
    }

    #[test]
    fn a_port_is_read_where_there_is_one() {
        for (value, port) in
            [("a", None), ("a:", None), ("a:80", Some(80)), ("[::1]:7070", Some(7070)), ("a:99999", None)]
        {
            assert_eq!(Named::of(value.as_bytes()).port, port, "{value}");
        }
    }
}
