//! Reading what the verbs share: a reason, and what a retry runs again.

use windlass_domain::Reason;
use windlass_store::Scope;

use super::json::{Field, Object};

/// The optional reason of a verb.
#[expect(clippy::option_option, reason = "a body that could be read, and a reason that was set")]
pub(crate) fn read_reason(root: Field<'_>) -> Option<Option<Reason>> {
    root.object(|body| Some(body.optional("reason", |field| field.text(Reason::parse))))
}

/// What a retry runs again, and its optional reason.
pub(crate) fn read_retry(root: Field<'_>) -> Option<(Scope, Option<Reason>)> {
    root.object(|body| {
        let scope = take_scope(body);
        Some((scope, body.optional("reason", |field| field.text(Reason::parse))))
    })
}

/// How much a retry runs again; what failed, where nothing is said.
pub(super) fn take_scope(body: &mut Object<'_>) -> Scope {
    body.optional("scope", |field| field.word(scope, "failed, all")).unwrap_or_default()
}

fn scope(word: &str) -> Option<Scope> {
    match word {
        "failed" => Some(Scope::Failed),
        "all" => Some(Scope::All),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Document;

    #[test]
    fn a_retry_is_of_what_failed_unless_all_is_said() {
        let read = |body: &str| Document::of(body).read(read_retry);
        for failed in ["{}", r#"{"scope":"failed"}"#, r#"{"scope":null}"#] {
            assert_eq!(read(failed).unwrap(), (Scope::Failed, None), "{failed}");
        }
        let (scope, reason) = read(r#"{"reason":"again","scope":"all"}"#).unwrap();
        assert_eq!((scope, reason.unwrap().as_str()), (Scope::All, "again"));
        for bad in
            [r#"{"scope":"every"}"#, r#"{"scope":"All"}"#, r#"{"scope":["all"]}"#, r#"{"scopes":"all"}"#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reason_is_optional_and_bounded() {
        let read = |body: &str| Document::of(body).read(read_reason);
        assert_eq!(read("{}").unwrap(), None);
        assert_eq!(read(r#"{"reason":null}"#).unwrap(), None);
        assert_eq!(read(r#"{"reason":"because"}"#).unwrap().unwrap().as_str(), "because");
        let long = |length: usize| format!(r#"{{"reason":"{}"}}"#, "é".repeat(length));
        assert!(read(&long(1_000)).is_ok());
        for bad in
            [long(1_001), r#"{"reason":""}"#.to_owned(), r#"{"reson":"x"}"#.to_owned(), "[]".to_owned()]
        {
            assert!(read(&bad).is_err(), "{bad}");
        }
    }
}
