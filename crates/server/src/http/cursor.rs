//! Cursors: the last item of a page, opaque to clients.

use chrono::DateTime;
use uuid::Uuid;
use windlass_store::{AttemptCursor, EventCursor, OutcomeCursor, RunningSince};

/// Which list a cursor belongs to, each with the first character of its cursors; one list's cursor means nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum List {
    /// Pipelines.
    Pipelines = b'p',
    /// Jobs.
    Jobs = b'j',
    /// Tasks.
    Tasks = b't',
    /// Results of a job.
    Results = b'r',
    /// Queues.
    Queues = b'q',
    /// Workers.
    Workers = b'w',
    /// Keys.
    Keys = b'k',
    /// Schedules.
    Schedules = b's',
    /// Runs of a schedule.
    ScheduleRuns = b'h',
    /// Templates.
    Templates = b'm',
    /// Versions of a template.
    Versions = b'v',
    /// Webhooks.
    Webhooks = b'o',
    /// Deliveries of a webhook.
    Deliveries = b'd',
}

impl List {
    fn tag(self) -> char {
        char::from(self as u8)
    }
}

/// The cursor that continues behind `after`.
pub(crate) fn write(list: List, after: Uuid) -> String {
    format!("{}{}", list.tag(), after.simple())
}

/// The id that a cursor of this list continues behind; `None` if it is none.
pub(crate) fn read(list: List, cursor: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(cursor.strip_prefix(list.tag())?).ok()?;
    // The one form that `write` makes, not every form of a UUID.
    (write(list, id) == cursor).then_some(id)
}

/// The cursor that continues behind a name; in hexadecimal, since names may have any characters.
pub(crate) fn write_name(list: List, after: &str) -> String {
    let digits = after.bytes().map(|byte| format!("{byte:02x}"));
    std::iter::once(list.tag().to_string()).chain(digits).collect()
}

/// The name that a cursor of this list continues behind; `None` if it is none.
pub(crate) fn read_name(list: List, cursor: &str) -> Option<String> {
    let digits = cursor.strip_prefix(list.tag())?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let name = String::from_utf8(digits.chunks(2).map(byte).collect::<Option<_>>()?).ok()?;
    (!name.is_empty() && write_name(list, &name) == cursor).then_some(name)
}

/// The cursor that continues behind a number.
pub(crate) fn write_number(list: List, after: i32) -> String {
    format!("{}{after}", list.tag())
}

/// The number that a cursor of this list continues behind; `None` if it is none.
pub(crate) fn read_number(list: List, cursor: &str) -> Option<i32> {
    let number: i32 = cursor.strip_prefix(list.tag())?.parse().ok()?;
    (number > 0 && write_number(list, number) == cursor).then_some(number)
}

/// The cursor that continues behind an attempt.
pub(crate) fn write_attempt(after: AttemptCursor) -> String {
    format!("a{after}")
}

/// The attempt that a cursor continues behind; `None` if it is none.
pub(crate) fn read_attempt(cursor: &str) -> Option<AttemptCursor> {
    let after = cursor.strip_prefix('a')?.parse().ok()?;
    (write_attempt(after) == cursor).then_some(after)
}

/// The cursor that continues a list of outcomes.
pub(crate) fn write_outcome(after: OutcomeCursor) -> String {
    format!("o{after}")
}

/// The position in a list of outcomes that a cursor continues behind; `None` if it is none.
pub(crate) fn read_outcome(cursor: &str) -> Option<OutcomeCursor> {
    cursor.strip_prefix('o')?.parse().ok()
}

/// The cursor that continues behind a line of a log, or at its beginning.
pub(crate) fn write_log(after: i64) -> String {
    format!("l{after}")
}

/// The number of the line that a cursor continues behind; `None` if it is none.
pub(crate) fn read_log(cursor: &str) -> Option<i64> {
    let after: i64 = cursor.strip_prefix('l')?.parse().ok()?;
    (after >= 0 && write_log(after) == cursor).then_some(after)
}

/// The cursor that continues behind a failure.
pub(crate) fn write_failure(after: i64) -> String {
    format!("f{after}")
}

/// The number of the failure that a cursor continues behind; `None` if it is none.
pub(crate) fn read_failure(cursor: &str) -> Option<i64> {
    let after: i64 = cursor.strip_prefix('f')?.parse().ok()?;
    (after > 0 && write_failure(after) == cursor).then_some(after)
}

/// The cursor that continues behind a running task.
pub(crate) fn write_running(after: RunningSince) -> String {
    format!("u{:016x}{}", after.at.timestamp_micros().max(0), after.task_id.simple())
}

/// The running task that a cursor continues behind; `None` if it is none.
pub(crate) fn read_running(cursor: &str) -> Option<RunningSince> {
    let (micros, id) = cursor.strip_prefix('u')?.split_at_checked(16)?;
    let at = DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?;
    let after = RunningSince { at, task_id: Uuid::try_parse(id).ok()? };
    (write_running(after) == cursor).then_some(after)
}

/// The event that an event's id names; an id is a cursor as well.
pub(crate) fn read_event(id: &str) -> Option<EventCursor> {
    let after: EventCursor = id.parse().ok()?;
    (after.to_string() == id).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let id = Uuid::now_v7();
        let cursor = write(List::Jobs, id);
        assert_eq!(read(List::Jobs, &cursor), Some(id));
        assert_eq!(read(List::Tasks, &cursor), None);
    }

    #[test]
    fn what_no_list_wrote_is_no_cursor() {
        let id = Uuid::now_v7();
        for bad in ["", "j", "jx", &id.to_string(), &format!("j{id}"), &format!("j{}0", id.simple()), "é"] {
            assert_eq!(read(List::Jobs, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_reads_back_whatever_its_characters() {
        for name in ["resize", "a", "host 1/é😀&cursor=x"] {
            let cursor = write_name(List::Workers, name);
            assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{cursor}");
            assert_eq!(read_name(List::Workers, &cursor).as_deref(), Some(name));
            assert_eq!(read_name(List::Queues, &cursor), None);
        }
        for bad in ["", "w", "w6", "w6A", "w+1", "wff", "w61x", "61", "w6é"] {
            assert_eq!(read_name(List::Workers, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_reads_back_in_its_one_form() {
        assert_eq!(read_number(List::Versions, &write_number(List::Versions, 17)), Some(17));
        for bad in ["", "v", "v0", "v-1", "v+1", "v01", "m1", "v2147483648"] {
            assert_eq!(read_number(List::Versions, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_place_in_a_log_reads_back_in_its_one_form() {
        for after in [0, 1, i64::MAX] {
            assert_eq!(read_log(&write_log(after)), Some(after));
        }
        for bad in ["", "l", "l-1", "l+1", "l01", "1", "v1", "l9223372036854775808"] {
            assert_eq!(read_log(bad), None, "{bad}");
        }
    }

    #[test]
    fn places_among_failures_and_running_tasks_read_back_in_their_one_form() {
        assert_eq!(read_failure(&write_failure(7)), Some(7));
        for bad in ["", "f", "f0", "f-1", "f+1", "f07", "t7", "f9223372036854775808"] {
            assert_eq!(read_failure(bad), None, "{bad}");
        }
        let at = DateTime::from_timestamp_micros(1_764_446_400_123_456).unwrap();
        let place = RunningSince { at, task_id: Uuid::now_v7() };
        let cursor = write_running(place);
        assert_eq!(read_running(&cursor), Some(place));
        for bad in
            ["", "u", &cursor[1..], &cursor.to_uppercase(), &format!("{cursor}0"), "u000641f4f2a3b8c", "ué"]
        {
            assert_eq!(read_running(bad), None, "{bad}");
        }
    }

    #[test]
    fn positions_in_histories_read_back_in_their_one_form() {
        let start = EventCursor::START.to_string();
        let event = format!("{}a", &start[1..]);
        let later = format!("65000000{event}");
        for right in [&event, &later] {
            assert_eq!(&read_event(right).unwrap().to_string(), right);
        }
        assert!(read_event(&format!("00000000{event}")).is_none(), "the first history's are short");
        for bad in
            ["", "0", &event.to_uppercase(), &format!("{event}0"), &event[1..], &format!(" {}", &event[1..])]
        {
            assert!(read_event(bad).is_none(), "{bad}");
        }
        let attempt = format!("a000641f4f2a3b8c0{}", Uuid::now_v7().simple());
        assert_eq!(write_attempt(read_attempt(&attempt).unwrap()), attempt);
        for bad in ["", "a", &attempt[1..], &attempt.to_uppercase(), &format!("{attempt}0"), "aé"] {
            assert!(read_attempt(bad).is_none(), "{bad}");
        }
    }
}
