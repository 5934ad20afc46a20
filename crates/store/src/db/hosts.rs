//! The hosts of a database's URL, in the order in which they are tried.
//!
//! Libpq takes several: `postgres://user@h1:5432,h2:5433/jobs`, or lists in the query, `?host=/run/a,/run/b&port=5432,5433`. The driver takes one,
//! and takes the brackets of `[::1]` for a part of its name. So each host gets a URL of its own here. `target_session_attrs` may be said; whatever
//! it says, only a host that can be written to is used.

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// How connections name themselves in `pg_stat_activity` unless the URL says otherwise.
const APPLICATION: &str = "windlass";

/// How to connect to each host of a URL, at least one.
///
/// # Errors
/// What is wrong with the URL; never a part of it that could be a password.
pub(super) fn parse(url: &str) -> Result<Vec<PgConnectOptions>, String> {
    let parts = Parts::of(url)?;
    parts.check_target()?;
    parts.urls()?.iter().map(|url| options(url)).collect()
}

/// Host, port and database, for messages; never a password.
pub(super) fn address(options: &PgConnectOptions) -> String {
    let host =
        options.get_socket().map_or_else(|| options.get_host().to_owned(), |path| path.display().to_string());
    let database = options.get_database().unwrap_or_else(|| options.get_username());
    format!("{database} at {host}:{}", options.get_port())
}

fn options(url: &str) -> Result<PgConnectOptions, String> {
    let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| error.to_string())?;
    let bare =
        options.get_host().strip_prefix('[').and_then(|host| host.strip_suffix(']')).map(str::to_owned);
    let options = match bare {
        Some(address) => options.host(&address),
        None => options,
    };
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name(APPLICATION),
    };
    // The driver's own setting, which poolers refuse; Postgres' default loses no digit either.
    Ok(options.extra_float_digits(None).disable_statement_logging())
}

/// A URL, taken apart without decoding anything.
struct Parts<'a> {
    /// The scheme and the user, to and with `//` or `@`.
    start: String,
    hosts: Vec<&'a str>,
    path: &'a str,
    query: Vec<(&'a str, &'a str)>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Result<Self, String> {
        // The driver looks at no scheme, and would speak to whatever is there.
        let of_postgres =
            url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"));
        let (scheme, rest) = of_postgres.ok_or("it must begin with postgres:// or postgresql://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let query = query.split('&').filter(|pair| !pair.is_empty());
        Ok(Self {
            start: format!("{scheme}://{user}"),
            hosts: hosts.split(',').collect(),
            path,
            query: query.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect(),
        })
    }

    fn check_target(&self) -> Result<(), String> {
        match self.value("target_session_attrs") {
            None | Some("any" | "read-write" | "primary") => Ok(()),
            Some(_) => Err("target_session_attrs is any, read-write or primary: windlass writes".to_owned()),
        }
    }

    /// A URL for each host. Hosts in the query override those before the path.
    fn urls(&self) -> Result<Vec<String>, String> {
        let named = self.value("host").map(list);
        let ports = self.value("port").map(list).unwrap_or_default();
        let hosts = named
            .as_ref()
            .map_or_else(|| self.hosts.clone(), |hosts| hosts.iter().map(String::as_str).collect());
        if hosts.len() > 1 && hosts.iter().any(|host| host.is_empty()) {
            return Err("one of its hosts is empty".to_owned());
        }
        if ports.len() > 1 && ports.len() != hosts.len() {
            return Err(format!("it has {} hosts and {} ports", hosts.len(), ports.len()));
        }
        let port = |index: usize| ports.get(index).or(ports.first()).map(String::as_str);
        let each = hosts.iter().enumerate();
        Ok(each.map(|(index, host)| self.url(host, named.is_some(), port(index))).collect())
    }

    fn url(&self, host: &str, in_query: bool, port: Option<&str>) -> String {
        // The driver takes no user without a host before the path; the one in the query wins.
        let authority = if in_query { "localhost" } else { host };
        let mut pairs: Vec<String> = self.rest().map(|(name, value)| format!("{name}={value}")).collect();
        if in_query {
            pairs.push(format!("host={host}"));
        }
        pairs.extend(port.map(|port| format!("port={port}")));
        format!("{}{authority}{}?{}", self.start, self.path, pairs.join("&"))
    }

    /// What the query says of all hosts alike.
    fn rest(&self) -> impl Iterator<Item = &(&str, &str)> {
        self.query.iter().filter(|(name, _)| !["host", "port", "target_session_attrs"].contains(name))
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.query.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// The items of a list, whose commas may be percent-encoded.
fn list(value: &str) -> Vec<String> {
    value.replace("%2C", ",").replace("%2c", ",").split(',').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host or directory, and port, of each.
    fn hosts(url: &str) -> Vec<(String, u16)> {
        let place = |options: &PgConnectOptions| match options.get_socket() {
            Some(directory) => directory.display().to_string(),
            None => options.get_host().to_owned(),
        };
        parse(url).unwrap().iter().map(|options| (place(options), options.get_port())).collect()
    }

    fn is(found: &[(String, u16)], expected: &[(&str, u16)]) {
        let expected: Vec<_> = expected.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn several_hosts_are_tried_in_the_order_of_the_url() {
        is(&hosts("postgres://u:p@h1:5432,h2:5433/jobs"), &[("h1", 5432), ("h2", 5433)]);
        is(&hosts("postgresql://h1,h2:7/jobs?target_session_attrs=read-write"), &[("h1", 5432), ("h2", 7)]);
        is(&hosts("postgres://u@h1,h2/jobs?port=5,6"), &[("h1", 5), ("h2", 6)]);
        is(&hosts("postgres://u@h1,h2/jobs?port=5"), &[("h1", 5), ("h2", 5)]);
    }

    #[test]
    fn hosts_in_the_query_may_be_directories_of_sockets() {
        is(&hosts("postgres:///jobs?host=/run/a,/run/b&user=u"), &[("/run/a", 5432), ("/run/b", 5432)]);
        is(&hosts("postgres://u@/jobs?host=%2Frun%2Fa%2Ch2&port=5,6"), &[("/run/a", 5), ("h2", 6)]);
        is(&hosts("postgres://u@%2Frun%2Fa:5,%2Frun%2Fb:6/jobs"), &[("/run/a", 5), ("/run/b", 6)]);
    }

    #[test]
    fn an_address_of_ip_version_6_has_its_brackets_taken_off() {
        is(&hosts("postgres://u@[::1]/jobs"), &[("::1", 5432)]);
        is(&hosts("postgres://u@[::1]:7,[fe80::2]:8/jobs"), &[("::1", 7), ("fe80::2", 8)]);
    }

    #[test]
    fn user_password_and_database_are_those_of_every_host() {
        let parsed = parse("postgres://me:a%40b@h1,h2/jobs?application_name=mine").unwrap();
        for options in &parsed {
            assert_eq!((options.get_username(), options.get_database()), ("me", Some("jobs")));
            assert_eq!(options.get_application_name(), Some("mine"));
            assert!(options.to_url_lossy().as_str().contains("me:a%40b@"));
        }
        assert_eq!(parse("postgres://h1").unwrap()[0].get_application_name(), Some("windlass"));
    }

    #[test]
    fn what_makes_no_sense_is_said_without_the_password() {
        for url in [
            "postgres://u:secret@h1,,h2/jobs",
            "postgres://u:secret@h1,h2/jobs?port=5,6,7",
            "postgres://u:secret@h1/jobs?target_session_attrs=standby",
            "postgres://u:secret@h1:port/jobs",
            "mysql://u:secret@h1/jobs",
            "secret",
        ] {
            let error = parse(url).unwrap_err();
            assert!(!error.contains("secret"), "{url}: {error}");
        }
    }
}
