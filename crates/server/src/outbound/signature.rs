//! Signatures of deliveries, as Standard Webhooks has them.

use standardwebhooks::Webhook;

use super::secret::Secret;

/// The header `webhook-signature`: one signature by each secret, with a space between.
pub(super) fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |secret: &Secret| {
        Webhook::from_bytes(secret.bytes().to_vec()).and_then(|signer| signer.sign(id, timestamp, body)).ok()
    };
    secrets.iter().filter_map(one).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_standards() {
        // The example of the standard's own libraries.
        let secret =
            Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap_or_else(|why| panic!("{why}"));
        let body = br#"{"test": 2432232314}"#;
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        assert_eq!(signatures(std::slice::from_ref(&secret), id, 1_614_265_330, body), expected);
        let both = signatures(&[secret.clone(), Secret::draw()], id, 1_614_265_330, body);
        let both: Vec<&str> = both.split(' ').collect();
        assert_eq!((both.len(), both[0]), (2, expected));
        assert!(both[1].starts_with("v1,") && both[1] != both[0]);
    }
}
