//! Reading a heartbeat.

use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::Heartbeat;

use super::fields::{take_checkpoint, take_token};
use crate::input::json::Object;

/// The fields of a heartbeat beside the id.
pub(crate) fn take_heartbeat(report: &mut Object<'_>, id: Uuid) -> Option<Heartbeat> {
    let token = take_token(report);
    let lease = report.optional("lease_seconds", |field| field.seconds(Limits::LEASE_SECONDS));
    let checkpoint = take_checkpoint(report);
    Some(Heartbeat { id, token: token?, lease, checkpoint })
}

#[cfg(test)]
mod tests {
    use windlass_domain::Json;
    use windlass_store::Checkpoint;

    use super::*;
    use crate::input::Document;

    fn read(body: &str) -> Result<Heartbeat, String> {
        let read = Document::of(body).read(|root| root.object(|report| take_heartbeat(report, Uuid::nil())));
        read.map_err(|rejection| rejection.pointers().remove(0))
    }

    #[test]
    fn a_checkpoint_is_any_json_and_null_is_not_left_out() {
        let checkpoint =
            |text: &str| read(&format!(r#"{{"lease_token":"t"{text}}}"#)).map(|beat| beat.checkpoint);
        let json = |text: &str| Checkpoint::Set(Json::from_checked(text.to_owned()));
        assert_eq!(checkpoint(""), Ok(Checkpoint::Unchanged));
        assert_eq!(checkpoint(r#","checkpoint":null"#), Ok(Checkpoint::Dropped));
        assert_eq!(checkpoint(r#","checkpoint":[ 1e5, -0 ]"#), Ok(json("[1e5,-0]")));
        let long = |bytes: usize| format!(r#","checkpoint":"{}""#, "x".repeat(bytes - 2));
        assert!(checkpoint(&long(65_536)).is_ok());
        assert_eq!(checkpoint(&long(65_537)), Err("/checkpoint".to_owned()));
    }

    #[test]
    fn a_token_that_is_no_uuid_is_nobodys_and_another_type_is_refused() {
        assert_eq!(read(r#"{"lease_token":"nonsense"}"#).unwrap().token, Uuid::nil());
        assert_eq!(read(r#"{"lease_token":""}"#).unwrap().token, Uuid::nil());
        for wrong in ["7", "null", "{}", r#""\u0000""#] {
            assert_eq!(
                read(&format!(r#"{{"lease_token":{wrong}}}"#)).unwrap_err(),
                "/lease_token",
                "{wrong}"
            );
        }
    }
}
