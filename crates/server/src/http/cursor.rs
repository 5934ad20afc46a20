//! Cursors: the last id of a page, opaque to clients.

use uuid::Uuid;

/// Which list a cursor belongs to; one list's cursor means nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Pipelines.
    Pipelines,
    /// Jobs.
    Jobs,
    /// Tasks.
    Tasks,
    /// Results of a job.
    Results,
}

impl List {
    fn tag(self) -> char {
        match self {
            Self::Pipelines => 'p',
            Self::Jobs => 'j',
            Self::Tasks => 't',
            Self::Results => 'r',
        }
    }
}

/// The cursor that continues behind `after`.
pub(crate) fn write(list: List, after: Uuid) -> String {
    format!("{}{}", list.tag(), after.simple())
}

/// The id that a cursor of this list continues behind; `None` if it is none.
pub(crate) fn read(list: List, cursor: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(cursor.strip_prefix(list.tag())?).ok()?;
    // The one form that `write` gives, not every form of a UUID.
    (write(list, id) == cursor).then_some(id)
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
}
