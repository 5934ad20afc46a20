//! Where clients reach the server, when that is not where it listens: behind a proxy that has another name, or a path of its own.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use url::Url;

/// The URL of the server as its clients see it: scheme, host, perhaps a port and a path, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl(String);

/// Why a text is no public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPublicUrl {
    /// It is no URL at all, or has no host.
    #[error("the public URL is no URL; it is like https://jobs.example/windlass")]
    NotAUrl,
    /// It is for something else.
    #[error("the public URL begins with http:// or https://")]
    Scheme,
    /// It names a user or a password.
    #[error("the public URL has no user and no password in it")]
    User,
    /// It has a query or a fragment.
    #[error("the public URL ends with its path: it has no query (?) and no fragment (#)")]
    AfterPath,
}

impl PublicUrl {
    /// As it is, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = NoPublicUrl;

    fn from_str(text: &str) -> Result<Self, NoPublicUrl> {
        let url = Url::parse(text).map_err(|_| NoPublicUrl::NotAUrl)?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(NoPublicUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NoPublicUrl::User);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(NoPublicUrl::AfterPath);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = NoPublicUrl;

    fn try_from(text: String) -> Result<Self, NoPublicUrl> {
        text.parse()
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_taken_without_the_slash_at_its_end() {
        for (text, taken) in [
            ("https://jobs.example/windlass", "https://jobs.example/windlass"),
            ("https://jobs.example/windlass/", "https://jobs.example/windlass"),
            ("http://Jobs.example:8080//", "http://jobs.example:8080"),
            ("https://jobs.example:443", "https://jobs.example"),
            ("https://[::1]:7070/a/b", "https://[::1]:7070/a/b"),
            ("https://jobs.example/größe", "https://jobs.example/gr%C3%B6%C3%9Fe"),
        ] {
            assert_eq!(text.parse::<PublicUrl>().unwrap().as_str(), taken, "{text}");
        }
    }

    #[test]
    fn what_is_no_public_url_is_refused_with_what_is_wrong_with_it() {
        for (text, why) in [
            ("", NoPublicUrl::NotAUrl),
            ("jobs.example", NoPublicUrl::NotAUrl),
            ("/windlass", NoPublicUrl::NotAUrl),
            ("https://", NoPublicUrl::NotAUrl),
            ("ftp://jobs.example", NoPublicUrl::Scheme),
            ("jobs.example:8080", NoPublicUrl::Scheme),
            ("https://me@jobs.example", NoPublicUrl::User),
            ("https://:secret@jobs.example", NoPublicUrl::User),
            ("https://jobs.example/?", NoPublicUrl::AfterPath),
            ("https://jobs.example/?a=b", NoPublicUrl::AfterPath),
            ("https://jobs.example/#a", NoPublicUrl::AfterPath),
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(why), "{text}");
        }
    }
}
