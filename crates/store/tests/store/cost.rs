//! What a call makes Postgres do; never in time.

use crate::plans::notices::Notices;

/// What a call made Postgres do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub(crate) statements: usize,
    rows: f64,
    pub(crate) blocks: f64,
    wal_bytes: f64,
}

impl Cost {
    /// Of what ran since the last look.
    pub(crate) fn of(notices: &Notices) -> Self {
        let ran = notices.take();
        assert!(!ran.is_empty(), "nothing ran");
        Self {
            statements: ran.len(),
            rows: ran.iter().map(|ran| ran.plan.touched()).sum(),
            blocks: ran.iter().map(|ran| ran.blocks).sum(),
            wal_bytes: ran.iter().map(|ran| ran.wal_bytes).sum(),
        }
    }

    /// The least of each, over several calls: a split page or the first touch after a checkpoint is nobody's fault.
    fn least(self, other: Self) -> Self {
        Self {
            statements: self.statements.min(other.statements),
            rows: self.rows.min(other.rows),
            blocks: self.blocks.min(other.blocks),
            wal_bytes: self.wal_bytes.min(other.wal_bytes),
        }
    }

    /// Fails if this grew out of `before` with what is stored, rather than by the depth of an index.
    #[track_caller]
    pub(crate) fn is_no_more_than(self, before: Self) {
        // Small tables may be read as a whole: what is compared differs by thousands.
        let grown = |now: f64, then: f64| now > then * 1.3 + 100.0;
        assert!(self.statements <= before.statements, "{before:?} became {self:?}");
        assert!(!grown(self.rows, before.rows), "{before:?} became {self:?}");
        assert!(!grown(self.blocks, before.blocks), "{before:?} became {self:?}");
        assert!(self.wal_bytes <= before.wal_bytes * 1.3 + 200.0, "{before:?} became {self:?}");
    }
}

/// The cost of a call, the least of ten.
pub(crate) async fn least_of_ten(notices: &Notices, mut call: impl AsyncFnMut()) -> Cost {
    let mut least: Option<Cost> = None;
    for _ in 0..10 {
        notices.take();
        call().await;
        let cost = Cost::of(notices);
        least = Some(least.map_or(cost, |least| least.least(cost)));
    }
    least.expect("ten calls were made")
}
