//! The key that a setting brings: it may do everything, and exists for as long as the setting does.

use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The lengths that its text may have, in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=512;

/// Holds the bootstrap key, if there is one; default none. Clones hold the same one, so that it can be changed while a server runs.
#[derive(Clone, Default)]
pub struct BootstrapKey(Arc<RwLock<Option<[u8; 32]>>>);

/// A text that is no bootstrap key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bootstrap key has {} to {} visible ASCII characters", LENGTHS.start(), LENGTHS.end())]
pub struct NoBootstrapKey;

impl BootstrapKey {
    /// Puts this text in the place of the one before: of 32 to 512 visible ASCII characters; `None`: there is no such key from now on.
    ///
    /// # Errors
    /// [`NoBootstrapKey`]; the one before stays.
    pub fn set(&self, text: Option<&str>) -> Result<(), NoBootstrapKey> {
        if !text.is_none_or(Self::fits) {
            return Err(NoBootstrapKey);
        }
        let hash = text.map(|text| Sha256::digest(text).into());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = hash;
        Ok(())
    }

    /// Whether there is one.
    pub fn is_set(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether a text has the form of one.
    pub(crate) fn fits(text: &str) -> bool {
        LENGTHS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// Whether this is the SHA-256 of its text. How long that takes says nothing about where they differ.
    pub(crate) fn is(&self, hash: &[u8; 32]) -> bool {
        let own = self.0.read().unwrap_or_else(PoisonError::into_inner);
        own.as_ref().is_some_and(|own| own.ct_eq(hash).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_has_bounds_and_can_be_changed() {
        let (key, hash) = (BootstrapKey::default(), |text: &str| Sha256::digest(text).into());
        for right in ["k".repeat(32), "~".repeat(512)] {
            key.clone().set(Some(&right)).unwrap();
            assert!(key.is_set() && key.is(&hash(&right)));
        }
        for wrong in [
            "k".repeat(31),
            "k".repeat(513),
            format!("{} {}", "k".repeat(20), "k".repeat(20)),
            "ü".repeat(32),
        ] {
            assert_eq!(key.set(Some(&wrong)), Err(NoBootstrapKey), "{wrong}");
            assert!(key.is(&hash(&"~".repeat(512))), "the one before stays");
        }
        key.set(None).unwrap();
        assert!(!key.is_set() && !key.is(&hash(&"~".repeat(512))));
    }
}
