//! Origins of pages in browsers: those whose calls are answered with CORS headers.

use std::str::FromStr;

use serde::Deserialize;
use url::Url;

use super::host_name::HostName;

/// Where a page comes from: scheme, host, and the port, that of the scheme where none is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    host: HostName,
    port: Option<u16>,
    default_port: Option<u16>,
}

impl Origin {
    /// What the text names; `None` for `null` and whatever else is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let (scheme, rest) = text.split_once("://")?;
        let is_origin =
            !rest.contains(['/', '?', '#', '@', '\\']) && url.scheme().eq_ignore_ascii_case(scheme);
        let host = url.host_str().filter(|host| is_origin && !host.is_empty())?;
        let default_port = match url.scheme() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        let (scheme, port) = (url.scheme().to_owned(), url.port().or(default_port));
        Some(Self { scheme, host: HostName::of(host), port, default_port })
    }

    /// That of a URL with a path.
    pub(crate) fn of_url(text: &str) -> Option<Self> {
        Self::parse(&Url::parse(text).ok()?.origin().ascii_serialization())
    }

    /// Whether it is this host and port, whatever the scheme. A host without a port is on the one that the scheme has.
    pub(crate) fn is_at(&self, host: &HostName, port: Option<u16>) -> bool {
        self.host == *host && self.port == port.or(self.default_port)
    }
}

/// Those origins whose pages may call; default none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct CorsOrigins {
    any: bool,
    these: Vec<Origin>,
}

/// The text is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no origin: it is a scheme, a host and perhaps a port, such as https://app.example, without a path; or * for any in \
     mode keys"
)]
pub struct NoOrigin(String);

impl CorsOrigins {
    /// These; `*` is any.
    ///
    /// # Errors
    /// One of them is none.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, NoOrigin> {
        let mut origins = Self::default();
        for text in texts {
            match text.as_ref() {
                "*" => origins.any = true,
                text => origins.these.push(Origin::parse(text).ok_or_else(|| NoOrigin(text.to_owned()))?),
            }
        }
        Ok(origins)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        !self.any && self.these.is_empty()
    }

    /// Whether every origin is one of them.
    pub fn are_any(&self) -> bool {
        self.any
    }

    /// Whether this one is listed.
    pub(crate) fn contains(&self, origin: &Origin) -> bool {
        self.these.contains(origin)
    }
}

impl FromStr for CorsOrigins {
    type Err = NoOrigin;

    /// Several are separated by commas.
    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        Self::parse(text.split(','))
    }
}

impl TryFrom<Vec<String>> for CorsOrigins {
    type Error = NoOrigin;

    fn try_from(texts: Vec<String>) -> Result<Self, NoOrigin> {
        Self::parse(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (one, same) in [
            ("https://app.example", "HTTPS://App.Example:443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]", "http://[0::1]:80"),
        ] {
            assert_eq!(Origin::parse(one).unwrap(), Origin::parse(same).unwrap());
        }
        assert_ne!(Origin::parse("https://a.example"), Origin::parse("http://a.example"));
        assert_ne!(Origin::parse("https://a.example"), Origin::parse("https://a.example:444"));
        assert!(Origin::parse("chrome-extension://abcdef").is_some());
        for wrong in [
            "",
            "null",
            "*",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a/b",
            "https://a?b",
            "https://me@a",
            "data:text",
            "file://",
            "https:a",
            "https:\\\\a",
            "https://a b",
            "https://a:99999",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_at_its_host_and_port_whatever_its_scheme() {
        for (origin, host, port, is) in [
            ("http://a:7070", "a", Some(7070), true),
            ("https://a:7070", "a", Some(7070), true),
            ("https://a", "a", None, true),
            ("http://a", "a", None, true),
            ("http://a", "a", Some(80), true),
            ("https://a", "a", Some(443), true),
            ("https://a", "a", Some(80), false),
            ("http://a", "a", Some(7070), false),
            ("http://a:7070", "a", None, false),
            ("http://a:443", "a", None, false),
            ("http://b:7070", "a", Some(7070), false),
        ] {
            let origin_at = Origin::parse(origin).unwrap();
            assert_eq!(origin_at.is_at(&HostName::of(host), port), is, "{origin} {host} {port:?}");
        }
    }

    #[test]
    fn a_list_is_of_origins_alone_and_may_have_a_star() {
        let origins: CorsOrigins = "https://a.example,http://b:8080".parse().unwrap();
        assert!(origins.contains(&Origin::parse("http://b:8080").unwrap()));
        assert!(!origins.contains(&Origin::parse("https://b:8080").unwrap()));
        assert!("*".parse::<CorsOrigins>().unwrap().are_any());
        for wrong in ["", "null", "https://a.example/", "https://a,", "https://a, https://b"] {
            assert!(wrong.parse::<CorsOrigins>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_has_the_origin_of_its_host() {
        assert_eq!(Origin::of_url("https://Jobs.example/windlass"), Origin::parse("https://jobs.example"));
    }
}
