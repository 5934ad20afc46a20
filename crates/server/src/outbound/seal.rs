//! Secrets as they are kept: sealed by AES-256-GCM under a key that only the servers' machines have, or in clear where there is none.
//!
//! The first byte says which. A sealed one is its nonce, what was sealed and the tag; it opens only for the webhook that it was sealed for.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::secret::Secret;

/// The first byte of what is kept in clear.
const CLEAR: u8 = 0;
/// The first byte of what is sealed.
const SEALED: u8 = 1;

/// A key that seals. It shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

/// A text that is no such key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must hold one line: base64 of 32 bytes, as `openssl rand -base64 32` makes it")]
pub struct NoSecretKey;

/// The key that seals, if there is one, and the one of before, which opens as well.
#[derive(Clone, Default)]
pub(crate) struct SecretKeys {
    pub(crate) present: Option<SecretKey>,
    pub(crate) before: Option<SecretKey>,
}

/// No key opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the secret cannot be opened by the key of --secret-key-file, nor by the one of --secret-key-file-before"
)]
pub(crate) struct Unopened;

impl FromStr for SecretKey {
    type Err = NoSecretKey;

    fn from_str(text: &str) -> Result<Self, NoSecretKey> {
        let bytes = STANDARD.decode(text).map_err(|_| NoSecretKey)?;
        bytes.try_into().map(Self).map_err(|_| NoSecretKey)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey")
    }
}

impl SecretKey {
    /// # Panics
    /// Never: the key has the length that the algorithm asks for, and a secret is short.
    fn seal(&self, webhook: Uuid, secret: &Secret) -> Vec<u8> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0).expect("a key of 32 bytes");
        let mut sealed = secret.bytes().to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(webhook.as_bytes()), &mut sealed)
            .expect("a short text is sealed");
        [&[SEALED][..], nonce.as_ref(), &sealed].concat()
    }

    fn open(&self, webhook: Uuid, kept: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = kept.split_at_checked(NONCE_LEN)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &self.0).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = sealed.to_vec();
        let secret = key.open_in_place(nonce, Aad::from(webhook.as_bytes()), &mut opened).ok()?;
        Some(Secret::of(secret.to_vec()))
    }
}

impl SecretKeys {
    /// A secret of this webhook as it is kept.
    pub(crate) fn keep(&self, webhook: Uuid, secret: &Secret) -> Vec<u8> {
        match &self.present {
            Some(key) => key.seal(webhook, secret),
            None => [&[CLEAR][..], secret.bytes()].concat(),
        }
    }

    /// A secret of this webhook that was kept.
    ///
    /// # Errors
    /// It is sealed by another key.
    pub(crate) fn open(&self, webhook: Uuid, kept: &[u8]) -> Result<Secret, Unopened> {
        let (how, kept) = kept.split_first().ok_or(Unopened)?;
        match *how {
            CLEAR => Ok(Secret::of(kept.to_vec())),
            _ => self
                .present
                .iter()
                .chain(&self.before)
                .find_map(|key| key.open(webhook, kept))
                .ok_or(Unopened),
        }
    }

    /// As it is to be kept instead, if not as it is: in clear although there is a key, or sealed by the one of before.
    ///
    /// # Errors
    /// It is sealed by another key.
    pub(crate) fn renewed(&self, webhook: Uuid, kept: &[u8]) -> Result<Option<Vec<u8>>, Unopened> {
        let secret = self.open(webhook, kept)?;
        let as_it_is = match &self.present {
            None => true,
            Some(key) => kept.first() == Some(&SEALED) && key.open(webhook, &kept[1..]).is_some(),
        };
        Ok(if as_it_is { None } else { Some(self.keep(webhook, &secret)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SecretKey {
        SecretKey([byte; 32])
    }

    fn keys(present: Option<u8>, before: Option<u8>) -> SecretKeys {
        SecretKeys { present: present.map(key), before: before.map(key) }
    }

    fn opens(keys: &SecretKeys, webhook: Uuid, kept: &[u8], secret: &Secret) -> bool {
        keys.open(webhook, kept).is_ok_and(|opened| opened == *secret)
    }

    #[test]
    fn a_key_is_base64_of_32_bytes() {
        assert_eq!(STANDARD.encode([7; 32]).parse::<SecretKey>(), Ok(key(7)));
        for wrong in [STANDARD.encode([7; 31]), STANDARD.encode([7; 33]), "!".to_owned(), String::new()] {
            assert_eq!(wrong.parse::<SecretKey>(), Err(NoSecretKey), "{wrong}");
        }
        assert_eq!(format!("{:?}", key(7)), "SecretKey");
    }

    #[test]
    fn a_sealed_secret_opens_by_its_key_for_its_webhook_only() {
        let (webhook, secret) = (Uuid::from_u128(1), Secret::draw());
        let kept = keys(Some(1), None).keep(webhook, &secret);
        assert!(!kept.windows(8).any(|window| secret.bytes().windows(8).any(|part| part == window)));
        assert_ne!(kept, keys(Some(1), None).keep(webhook, &secret), "each sealing has a nonce of its own");
        assert!(opens(&keys(Some(1), None), webhook, &kept, &secret));
        assert!(opens(&keys(Some(2), Some(1)), webhook, &kept, &secret));
        assert!(!opens(&keys(Some(1), None), Uuid::from_u128(2), &kept, &secret));
        assert!(!opens(&keys(Some(2), None), webhook, &kept, &secret));
        assert!(!opens(&keys(None, None), webhook, &kept, &secret));
        for at in 1..kept.len() {
            let mut changed = kept.clone();
            changed[at] ^= 1;
            assert!(!opens(&keys(Some(1), None), webhook, &changed, &secret), "byte {at}");
        }
        for length in 0..kept.len() {
            assert!(keys(Some(1), None).open(webhook, &kept[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn without_a_key_it_is_kept_in_clear_and_sealed_once_there_is_one() {
        let (webhook, secret) = (Uuid::from_u128(1), Secret::draw());
        let clear = keys(None, None).keep(webhook, &secret);
        assert!(opens(&keys(None, None), webhook, &clear, &secret));
        assert_eq!(keys(None, None).renewed(webhook, &clear), Ok(None));
        let sealed = keys(Some(1), None).renewed(webhook, &clear).unwrap().unwrap();
        assert!(opens(&keys(Some(1), None), webhook, &sealed, &secret));
        assert_eq!(keys(Some(1), None).renewed(webhook, &sealed), Ok(None));
        let anew = keys(Some(2), Some(1)).renewed(webhook, &sealed).unwrap().unwrap();
        assert!(opens(&keys(Some(2), None), webhook, &anew, &secret));
        assert_eq!(keys(Some(3), None).renewed(webhook, &anew), Err(Unopened));
        assert_eq!(keys(None, None).renewed(webhook, &anew), Err(Unopened));
    }
}
