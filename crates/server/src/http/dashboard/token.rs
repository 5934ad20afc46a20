//! Forgery tokens: an HMAC over what a browser holds, masked anew in each answer, so that compressing a page tells nothing of it.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const BYTES: usize = 32;

/// A token for a form.
pub(super) fn make(secret: &[u8], binding: &[u8; 32]) -> String {
    let mut mask = [0; BYTES];
    getrandom::fill(&mut mask).expect("the operating system gives random bits");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), binding);
    let masked = tag.as_ref().iter().zip(mask).map(|(tag, mask)| tag ^ mask);
    let token: Vec<u8> = mask.iter().copied().chain(masked).collect();
    URL_SAFE_NO_PAD.encode(token)
}

/// Whether a token is one of this browser's.
pub(super) fn is_good(secret: &[u8], binding: &[u8; 32], token: &str) -> bool {
    let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
    if token.len() != 2 * BYTES {
        return false;
    }
    let (mask, masked) = token.split_at(BYTES);
    let tag: Vec<u8> = mask.iter().zip(masked).map(|(mask, masked)| mask ^ masked).collect();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), binding, &tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_another_each_time_and_good_for_one_browser_and_secret() {
        let (one, other) = (make(b"s", &[1; 32]), make(b"s", &[1; 32]));
        assert_ne!(one, other);
        assert!(is_good(b"s", &[1; 32], &one) && is_good(b"s", &[1; 32], &other));
        assert!(!is_good(b"s", &[2; 32], &one), "another browser's");
        assert!(!is_good(b"t", &[1; 32], &one), "another secret");
        for wrong in ["", "AA", &one[1..], &format!("{one}AA")] {
            assert!(!is_good(b"s", &[1; 32], wrong), "{wrong}");
        }
    }
}
