//! The URL of a webhook: what is refused of it before anybody is called.

use std::net::IpAddr;

use url::{Host, Url};

use super::allowed::AllowedAddresses;

/// The longest, in characters.
const LONGEST: usize = 2_000;
/// What a masked URL ends with.
const MASK: &str = "/…";

/// Where deliveries go.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    url: Url,
}

impl Target {
    /// Reads a URL, and judges what can be judged without asking anybody: all but the addresses of a name.
    ///
    /// # Errors
    /// What is wrong with it, for people. It never has the URL in it.
    pub(crate) fn parse(text: &str, allowed: &AllowedAddresses) -> Result<Self, String> {
        if !(1..=LONGEST).contains(&text.chars().count()) {
            return Err(format!("must have 1 to {LONGEST} characters"));
        }
        if text.ends_with(MASK) {
            return Err("is masked: it ends in /…, and not as it was set".to_owned());
        }
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            return Err("must have no white space and no control characters".to_owned());
        }
        let url = Url::parse(text).map_err(|error| format!("is no URL: {error}"))?;
        let plain = match url.scheme() {
            "https" => false,
            "http" if !allowed.is_empty() => true,
            "http" => {
                return Err("must begin with https://; http:// is for what --webhook-allow names".to_owned());
            }
            _ => return Err("must begin with https://".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must have no user and no password in it".to_owned());
        }
        if url.port_or_known_default().is_none_or(|port| port != 443 && port < 1024) {
            return Err("must have the port 443, or one from 1024 on".to_owned());
        }
        let refused = || {
            if plain {
                "must be an address that --webhook-allow names, since it begins with http://".to_owned()
            } else {
                "must not be an address that is not public, but for what --webhook-allow names".to_owned()
            }
        };
        let let_through = match literal(&url) {
            Literal::Address(address) => allowed.let_through(address, plain),
            Literal::Loopback => allowed.contain_loopback(),
            Literal::Name => true,
            Literal::None => return Err("must have a host".to_owned()),
        };
        if let_through { Ok(Self { url }) } else { Err(refused()) }
    }

    /// The URL.
    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether it is called without TLS.
    pub(super) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }
}

/// What the host of a URL is.
enum Literal {
    /// An address, in whichever spelling.
    Address(IpAddr),
    /// This machine, by its name.
    Loopback,
    /// A name, whose addresses are asked for at each call.
    Name,
    /// Nothing.
    None,
}

fn literal(url: &Url) -> Literal {
    match url.host() {
        Some(Host::Ipv4(address)) => Literal::Address(address.into()),
        Some(Host::Ipv6(address)) => Literal::Address(address.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            match name.as_str() {
                "" => Literal::None,
                "localhost" => Literal::Loopback,
                name if name.ends_with(".localhost") => Literal::Loopback,
                _ => Literal::Name,
            }
        }
        None => Literal::None,
    }
}

/// A URL for those who may not see it: scheme, host and port.
pub(crate) fn masked(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => format!("{}{MASK}", url.origin().ascii_serialization()),
        Err(_) => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str, allowed: &[&str]) -> Result<(), String> {
        let allowed = AllowedAddresses::parse(allowed.iter().copied()).unwrap();
        Target::parse(text, &allowed).map(drop)
    }

    /// Spellings of addresses that are not public, and of this machine's name.
    const SPELLINGS: [&str; 68] = [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7F.0x0.0x0.0x1",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.1.",
        "127.1.",
        "2130706433.",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "１２７.0.0.1",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127.0.0.1\u{ad}",
        "10.0.0.1",
        "10.1",
        "0xa000001",
        "167772161",
        "012.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "0xc0a80101",
        "3232235777",
        "192.168.257",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.16689662",
        "100.64.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "240.0.0.1",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fd00::1]",
        "[fc00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "ｌｏｃａｌｈｏｓｔ",
    ];

    #[test]
    fn every_spelling_of_an_address_that_is_not_public_is_refused() {
        for spelling in SPELLINGS {
            for url in [format!("https://{spelling}/hook"), format!("https://{spelling}:8443/hook")] {
                let refused = judged(&url, &[]).expect_err(&url);
                assert!(refused.contains("not public"), "{url}: {refused}");
                // What else is allowed is no help.
                assert!(judged(&url, &["203.0.113.77"]).is_err(), "{url}");
            }
            assert!(
                judged(&format!("http://{spelling}:8080/"), &["203.0.113.77"]).is_err(),
                "http {spelling}"
            );
        }
    }

    #[test]
    fn what_is_no_url_for_a_webhook_is_refused() {
        for (url, why) in [
            ("", "characters"),
            ("hooks.example", "is no URL"),
            ("/hook", "is no URL"),
            ("https://", "is no URL"),
            ("https://[fe80::1%25eth0]/", "is no URL"),
            ("https://[::1", "is no URL"),
            ("https://256.0.0.1/", "is no URL"),
            ("https://127.0.0.1.1/", "is no URL"),
            ("https://a b/", "white space"),
            ("https://hooks.example/\n", "white space"),
            ("ftp://hooks.example/", "https://"),
            ("file:///etc/passwd", "https://"),
            ("http://hooks.example/", "--webhook-allow"),
            ("http://8.8.8.8:8080/", "--webhook-allow"),
            ("https://me@hooks.example/", "user"),
            ("https://:secret@hooks.example/", "user"),
            ("https://hooks.example:80/", "port"),
            ("https://hooks.example:22/", "port"),
            ("https://hooks.example:1023/", "port"),
            ("https://hooks.example:0/", "port"),
            ("https://hooks.example/…", "masked"),
            ("https://./", "host"),
        ] {
            let refused = judged(url, &[]).expect_err(url);
            assert!(refused.contains(why), "{url}: {refused}");
        }
        let long = |length: usize| format!("https://hooks.example/{}", "a".repeat(length - 22));
        assert!(judged(&long(2_000), &[]).is_ok());
        assert!(judged(&long(2_001), &[]).is_err());
    }

    #[test]
    fn a_public_address_or_a_name_is_taken() {
        for url in [
            "https://hooks.example/a/b?c=d",
            "https://hooks.example:443/",
            "https://hooks.example:1024/",
            "https://hooks.example:65535/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://[::ffff:8.8.8.8]/",
            "https://hooks/",
            "https://localhost.example/",
            "https://127.0.0.1.nip.io/",
            "https://bücher.example/",
        ] {
            assert!(judged(url, &[]).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_allowed_may_be_plain_and_a_plain_name_is_judged_at_each_call() {
        let allowed = &["127.0.0.0/8", "10.1.0.0/16"];
        for url in [
            "http://127.0.0.1:8080/",
            "https://127.0.0.1:8443/",
            "http://10.1.2.3:3000/",
            "http://localhost:8080/",
            "http://hooks.internal:8080/",
        ] {
            assert!(judged(url, allowed).is_ok(), "{url}");
        }
        for url in [
            "http://10.2.0.1:8080/",
            "http://8.8.8.8:8080/",
            "http://127.0.0.1:80/",
            "https://10.2.0.1/",
            "http://[::1]:8080/",
        ] {
            assert!(judged(url, allowed).is_err(), "{url}");
        }
        assert!(judged("http://localhost:8080/", &["10.0.0.0/8"]).is_err());
    }

    #[test]
    fn a_masked_url_shows_scheme_host_and_port() {
        for (url, shown) in [
            ("https://hooks.example/secret?a=b", "https://hooks.example/…"),
            ("https://hooks.example:8443", "https://hooks.example:8443/…"),
            ("http://[::1]:8080/x", "http://[::1]:8080/…"),
        ] {
            assert_eq!(masked(url), shown);
            assert!(judged(shown, &[]).is_err(), "{shown}");
        }
    }
}
