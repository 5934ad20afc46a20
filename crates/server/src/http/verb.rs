//! The body that the verbs share.

use windlass_domain::Reason;

use super::body::Field;

/// The optional reason of a verb.
#[expect(clippy::option_option, reason = "a body that could be read, and a reason that was given")]
pub(crate) fn read_reason(root: Field<'_>) -> Option<Option<Reason>> {
    root.object(|body| Some(body.optional("reason", |field| field.text(Reason::parse))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Body;

    #[test]
    fn a_reason_is_optional_and_bounded() {
        let read = |body: &str| Body::of(body.as_bytes()).read_optional(read_reason);
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("null").unwrap(), None);
        assert_eq!(read("{}").unwrap(), None);
        assert_eq!(read(r#"{"reason":null}"#).unwrap(), None);
        assert_eq!(read(r#"{"reason":"because"}"#).unwrap().unwrap().as_str(), "because");
        let long = |length: usize| format!(r#"{{"reason":"{}"}}"#, "é".repeat(length));
        assert!(read(&long(1_000)).is_ok());
        for bad in
            [long(1_001), r#"{"reason":""}"#.to_owned(), r#"{"reson":"x"}"#.to_owned(), "[]".to_owned()]
        {
            assert_eq!(read(&bad).unwrap_err().into_wire().status, 422, "{bad}");
        }
    }
}
