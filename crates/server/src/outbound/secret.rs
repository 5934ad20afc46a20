//! Secrets that sign deliveries, as Standard Webhooks writes them.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What every text begins with.
const BEGINNING: &str = "whsec_";
/// Bytes of a secret.
const BYTES: RangeInclusive<usize> = 24..=64;
/// Bytes of one that the server makes.
const DRAWN: usize = 32;

/// A secret. It has no `Debug`, so that no log shows it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    /// A new one, by the operating system's generator.
    ///
    /// # Panics
    /// When the operating system gives no random bits; nothing on the machine is safe then.
    pub(crate) fn draw() -> Self {
        let mut bytes = vec![0; DRAWN];
        getrandom::fill(&mut bytes).expect("the operating system gives random bits");
        Self(bytes)
    }

    /// Reads one from its text.
    ///
    /// # Errors
    /// What it must be, for people.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must be whsec_ and base64 of 24 to 64 bytes";
        let bytes =
            text.strip_prefix(BEGINNING).and_then(|encoded| STANDARD.decode(encoded).ok()).ok_or(FORM)?;
        if BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(FORM) }
    }

    /// One of these bytes, which were one before.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        format!("{BEGINNING}{}", STANDARD.encode(&self.0))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_whsec_and_base64_of_24_to_64_bytes() {
        let text = |length: usize| format!("whsec_{}", STANDARD.encode(vec![7; length]));
        for length in [24, 32, 64] {
            let secret = Secret::parse(&text(length)).unwrap_or_else(|why| panic!("{length}: {why}"));
            assert_eq!((secret.bytes().len(), secret.text()), (length, text(length)));
        }
        for wrong in [
            text(23),
            text(65),
            text(0),
            text(32).replacen("whsec_", "", 1),
            text(32).replacen("whsec_", "WHSEC_", 1),
            format!("{}=", text(32)),
            text(32).replace('=', ""),
            format!(" {}", text(32)),
            "whsec_!".to_owned(),
            String::new(),
        ] {
            assert!(Secret::parse(&wrong).is_err(), "{wrong}");
        }
        let (one, other) = (Secret::draw(), Secret::draw());
        assert!(one != other && Secret::parse(&one.text()).is_ok_and(|read| read == one));
    }
}
