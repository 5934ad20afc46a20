//! Reading a heartbeat.

use uuid::Uuid;
use windlass_domain::Limits;
use windlass_store::Heartbeat;

use super::fields::take_token;
use crate::input::json::Object;

/// The fields of a heartbeat beside the id.
pub(crate) fn take_heartbeat(report: &mut Object<'_>, id: Uuid) -> Option<Heartbeat> {
    let token = take_token(report);
    let lease = report.optional("lease_seconds", |field| field.seconds(Limits::LEASE_SECONDS));
    Some(Heartbeat { id, token: token?, lease })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Document;

    fn read(body: &str) -> Result<Heartbeat, String> {
        let read = Document::of(body).read(|root| root.object(|report| take_heartbeat(report, Uuid::nil())));
        read.map_err(|rejection| rejection.pointers().remove(0))
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
