//! An outcome as a worker records it: checked values.

use windlass_domain::{Disposition, Json, Remark, Subject, SubjectKind, VersionLabel};

/// What became of an item.
#[derive(Debug, Clone)]
pub struct NewOutcome {
    /// The item.
    pub subject: Subject,
    /// What kind of item it is, or what was done with it; possibly empty.
    pub kind: SubjectKind,
    /// What became of it.
    pub disposition: Disposition,
    /// Why.
    pub reason: Option<Remark>,
    /// The version of the item, or of what handled it.
    pub version: Option<VersionLabel>,
    /// Any JSON; `None` is null.
    pub detail: Option<Json>,
}

impl NewOutcome {
    /// Bytes of its texts.
    pub(crate) fn bytes(&self) -> usize {
        self.subject.as_str().len()
            + self.kind.as_str().len()
            + self.disposition.as_str().len()
            + self.reason.as_ref().map_or(0, |reason| reason.as_str().len())
            + self.version.as_ref().map_or(0, |version| version.as_str().len())
            + self.detail.as_ref().map_or(0, |detail| detail.as_str().len())
    }
}
