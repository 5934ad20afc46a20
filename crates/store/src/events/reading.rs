//! A page of the audit while it is read, one walk after the other.

use super::filter::EventFilter;
use super::histories::Histories;
use super::walk::Row;
use crate::view::Event;

/// A page while it is read.
pub(super) struct Reading {
    pub(super) events: Vec<Event>,
    limit: usize,
    /// Up to where all was read.
    pub(super) number: i64,
    /// Up to where a reader's position has moved: past what was found, and past whole windows of others.
    pub(super) next: i64,
}

impl Reading {
    /// Nothing yet; up to `limit` events behind `number`.
    pub(super) fn behind(number: i64, limit: i64) -> Self {
        Self { events: Vec::new(), limit: usize::try_from(limit).unwrap_or(0), number, next: number }
    }

    /// How many more are wanted.
    pub(super) fn wanted(&self) -> i64 {
        i64::try_from(self.limit - self.events.len()).unwrap_or(i64::MAX)
    }

    /// Takes what a walk found behind [`number`](Self::number). The walk does not know the horizon; what is above it is for a later page.
    pub(super) fn take(
        &mut self,
        mut rows: Vec<Row>,
        filter: &EventFilter,
        histories: &Histories,
        horizon: i64,
    ) {
        rows.retain(|row| row.number <= horizon);
        let full = self.events.len() + rows.len() >= self.limit;
        let goes_on = rows.last().filter(|row| full || row.ends_window).map(|row| row.number);
        for row in rows {
            let number = row.number;
            let event = row.event(histories);
            if filter.takes(&event) {
                self.events.push(event);
                self.next = number;
            }
        }
        self.number = goes_on.unwrap_or(horizon);
        self.next = goes_on.unwrap_or(self.next);
    }
}
