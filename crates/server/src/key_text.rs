//! The text of a new key: 256 random bits, of which only the hash is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use windlass_store::StoredText;

/// What every text begins with.
const BEGINNING: &str = "wl_";
/// How many characters are shown to tell keys apart: 48 of the random bits, which leave 208 to guess.
const PREFIX: usize = 11;

/// A text that was just drawn. It has no `Debug`, so that no log shows it.
pub(crate) struct KeyText(String);

impl KeyText {
    /// A new one, by the operating system's generator.
    ///
    /// # Panics
    /// When the operating system gives no random bits; nothing on the machine is safe then.
    pub(crate) fn draw() -> Self {
        let mut bits = [0; 32];
        getrandom::fill(&mut bits).expect("the operating system gives random bits");
        Self(format!("{BEGINNING}{}", URL_SAFE_NO_PAD.encode(bits)))
    }

    /// What is stored of it.
    pub(crate) fn stored(&self) -> StoredText {
        StoredText { hash: Sha256::digest(&self.0).into(), prefix: self.0[..PREFIX].to_owned() }
    }

    /// The text itself, to be shown once.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_wl_and_43_characters_of_base64url_and_its_prefix_are_the_first_11() {
        let (one, other) = (KeyText::draw(), KeyText::draw());
        let stored = one.stored();
        assert_ne!(stored, other.stored());
        let text = one.into_string();
        let random = text.strip_prefix("wl_").unwrap();
        assert_eq!(random.len(), 43);
        assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{text}");
        assert_eq!(stored.prefix, text[..11]);
        assert_eq!(stored.hash[..], Sha256::digest(text.as_bytes())[..]);
    }
}
