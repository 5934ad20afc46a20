//! Reading lines of log.
//!
//! A log takes what a worker has to say: a message that is too long is cut and control characters are replaced, NUL as well, which every other text is
//! refused for. So lines are read by themselves: the look for flaws in a body passes them over ([`Field::refuse_flaws`]).

use std::borrow::Cow;

use windlass_domain::{Json, Limits, LogLevel, harmless, log_message};
use windlass_store::LogLine;

use super::json::{Field, Object};

/// The lines of an object, if it has any: 0 to 1,000.
pub(crate) fn take_lines(report: &mut Object<'_>) -> Option<Vec<LogLine>> {
    report.present("lines", |field| field.each(0..=Limits::LOG_LINES, |line, _| read_line(line)))
}

/// The lines that an object must have: 1 to 1,000.
pub(crate) fn require_lines(call: &mut Object<'_>) -> Option<Vec<LogLine>> {
    call.required("lines", |field| field.each(1..=Limits::LOG_LINES, |line, _| read_line(line)))
}

fn read_line(field: Field<'_>) -> Option<LogLine> {
    field.object(|line| {
        let message = line.required("message", |field| field.string());
        let level =
            line.present("level", |field| field.word(LogLevel::parse, "trace, debug, info, warn, error"));
        let at = line.optional("at", |field| field.instant());
        let fields = line.present("fields", read_fields);
        Some(LogLine {
            level: level.unwrap_or(LogLevel::Info),
            at,
            message: log_message(message?),
            // An empty one is nothing.
            fields: fields.filter(|fields| fields.as_str() != "{}"),
        })
    })
}

/// An object with harmless texts.
fn read_fields(field: Field<'_>) -> Option<Json> {
    let fields = field.json_object(Limits::LOG_FIELDS_BYTES)?;
    match clean_texts(fields.as_str()) {
        Some(Cow::Borrowed(_)) => Some(fields),
        Some(Cow::Owned(clean)) => Some(Json::from_checked(clean)),
        None => field.refuse("must not contain half of a surrogate pair"),
    }
}

/// Compact JSON whose texts, keys as well, are harmless; `None` if one is no text at all.
fn clean_texts(json: &str) -> Option<Cow<'_, str>> {
    let bytes = json.as_bytes();
    let (mut clean, mut copied, mut at) = (String::new(), 0, 0);
    while at < bytes.len() {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let end = end_of_string(bytes, at);
        let literal = &json[at..end];
        if may_harm(literal) {
            let text: String = serde_json::from_str(literal).ok()?;
            let harmless = harmless(text.clone());
            if harmless != text {
                clean.push_str(&json[copied..at]);
                clean.push_str(&serde_json::to_string(&harmless).expect("text has a JSON form"));
                copied = end;
            }
        }
        at = end;
    }
    if copied == 0 {
        return Some(json.into());
    }
    clean.push_str(&json[copied..]);
    Some(clean.into())
}

/// The index behind the string that begins at `start`, in valid JSON.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Whether it is worth reading: it has an escape, or a control character that JSON takes as it is.
fn may_harm(literal: &str) -> bool {
    literal.contains('\\') || literal.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Rejection};

    fn lines(text: &str) -> Result<Vec<LogLine>, Vec<String>> {
        let read = Document::of(&format!(r#"{{"lines":{text}}}"#)).read(|root| root.object(require_lines));
        read.map_err(Rejection::pointers)
    }

    fn fields(text: &str) -> Result<Option<String>, Vec<String>> {
        let line = lines(&format!(r#"[{{"message":"","fields":{text}}}]"#))?.remove(0);
        Ok(line.fields.map(Json::into_string))
    }

    #[test]
    fn a_line_has_a_message_and_the_rest_has_defaults() {
        let line = lines(r#"[{"message":"m"}]"#).unwrap().remove(0);
        assert_eq!((line.level, line.at, line.message.as_str()), (LogLevel::Info, None, "m"));
        assert!(line.fields.is_none());
        let all = r#"[{"message":"","level":"error","at":"2026-11-22T20:00:00.1234567Z","fields":{"a":1}}]"#;
        let line = lines(all).unwrap().remove(0);
        assert_eq!(line.at.unwrap().to_rfc3339(), "2026-11-22T20:00:00.123456+00:00");
        assert_eq!((line.level, line.bytes()), (LogLevel::Error, 7));
        for (wrong, pointer) in [
            (r#"{"level":"info"}"#, "/lines/0/message"),
            (r#"{"message":null}"#, "/lines/0/message"),
            (r#"{"message":1}"#, "/lines/0/message"),
            (r#"{"message":"\ud800"}"#, "/lines/0/message"),
            (r#"{"message":"","level":"INFO"}"#, "/lines/0/level"),
            (r#"{"message":"","level":"a\u0000"}"#, "/lines/0/level"),
            (r#"{"message":"","at":"now"}"#, "/lines/0/at"),
            (r#"{"message":"","fields":[]}"#, "/lines/0/fields"),
            (r#"{"message":"","fields":null}"#, "/lines/0/fields"),
            (r#"{"message":"","fields":{"a":"\udc00"}}"#, "/lines/0/fields"),
            (r#"{"message":"","text":""}"#, "/lines/0/text"),
            (r#"{"message":"","\u0000":""}"#, "/lines/0/\0"),
        ] {
            assert_eq!(lines(&format!("[{wrong}]")).unwrap_err(), [pointer], "{wrong}");
        }
    }

    #[test]
    fn a_call_has_1_to_1000_lines_and_a_report_may_have_none() {
        let many = |count: usize| format!("[{}]", vec![r#"{"message":""}"#; count].join(","));
        assert_eq!(lines(&many(1_000)).unwrap().len(), 1_000);
        for wrong in [many(1_001), many(0), "null".to_owned(), "{}".to_owned()] {
            assert_eq!(lines(&wrong).unwrap_err(), ["/lines"]);
        }
        let report =
            Document::of(r#"{"lines":[]}"#).read(|root| root.object(|report| Some(take_lines(report))));
        assert_eq!(report.unwrap().unwrap().len(), 0);
    }

    #[test]
    fn nul_is_replaced_in_messages_and_fields_and_refused_elsewhere() {
        let line = lines(r#"[{"message":"a\u0000b\r\n","fields":{"k":"\u0000"}}]"#).unwrap().remove(0);
        assert_eq!(line.message, "a\u{fffd}b\n");
        assert_eq!(line.fields.unwrap().as_str(), "{\"k\":\"\u{fffd}\"}");
        let beside = r#"{"lines":[{"message":"\u0000"}],"other":"\u0000"}"#;
        let read = Document::of(beside).read(|root| {
            root.object(|call| {
                let other = call.required("other", |field| field.string());
                require_lines(call).zip(other)
            })
        });
        assert_eq!(read.map(drop).map_err(Rejection::pointers).unwrap_err(), ["/other"]);
    }

    #[test]
    fn fields_stay_as_they_were_sent_but_for_what_harms() {
        for (sent, stored) in [
            (r#"{"b":-0,"a":1e5,"s":"\u00e9\t\n\\"}"#, r#"{"b":-0,"a":1e5,"s":"\u00e9\t\n\\"}"#),
            (r#"{"s":["x\ry",{"t":"a\r\nb"}]}"#, r#"{"s":["x\ny",{"t":"a\nb"}]}"#),
            ("{\"k\\u001b\":\"\u{7f}\"}", "{\"k\u{fffd}\":\"\u{fffd}\"}"),
        ] {
            assert_eq!(fields(sent).unwrap().as_deref(), Some(stored), "{sent}");
        }
        assert_eq!(fields("{}").unwrap(), None);
        let long = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
        assert_eq!(fields(&long(4_096)).unwrap().unwrap().len(), 4_096);
        assert_eq!(fields(&long(4_097)).unwrap_err(), ["/lines/0/fields"]);
    }
}
