//! Everything that is wrong in one text, collected while it is read.

use std::cell::{Cell, RefCell};
use std::fmt::Display;

use windlass_wire::FieldError;

use super::place::place;
use super::short::short;

/// The most findings that are listed; the contract's bound.
const MOST: usize = 100;
/// The most that are looked at: below a key that is too long to be told all faults have one place.
const MOST_NOTED: usize = 10_000;

/// What kind of fault a finding is; where all are of one kind, a surface names that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A wrong type or value.
    Value,
    /// An edge to a job that is not there.
    UnknownDependency,
    /// A key that another job has.
    DuplicateKey,
    /// Jobs that depend on each other in a circle.
    Cycle,
}

/// The findings so far. Readers share it, so it is filled through `&self`.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: RefCell<Vec<(Fault, FieldError)>>,
    noted: Cell<usize>,
    cycle: RefCell<Option<Vec<String>>>,
}

/// All that is wrong with a text.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// The kind of its faults, where all are of one.
    pub(crate) fault: Option<Fault>,
    /// Each value that is wrong, and why; one at least, 100 at the most.
    pub(crate) errors: Vec<FieldError>,
    /// Jobs each of which depends on the next, and the last on the first.
    pub(crate) cycle: Option<Vec<String>>,
}

impl Findings {
    /// Whether no more are noted: a walk that only looks for faults ends here.
    pub(super) fn is_full(&self) -> bool {
        self.found.borrow().len() >= MOST || self.noted.get() >= MOST_NOTED
    }

    /// Notes a wrong type or value.
    pub(crate) fn value(&self, at: impl Display, detail: impl Display) {
        self.note(Fault::Value, at, detail);
    }

    /// Notes a fault. The first one of a value counts: what follows is mostly its consequence. Nothing is written of one
    /// that is too many.
    pub(crate) fn note(&self, fault: Fault, at: impl Display, detail: impl Display) {
        if self.is_full() {
            return;
        }
        self.noted.set(self.noted.get() + 1);
        let pointer = place(at);
        let mut found = self.found.borrow_mut();
        if !found.iter().any(|(_, error)| error.pointer == pointer) {
            found.push((fault, FieldError { pointer, detail: detail.to_string() }));
        }
    }

    /// Notes a cycle, each key of which depends on the next.
    pub(crate) fn cycle(&self, at: impl Display, keys: Vec<String>) {
        let way = keys.join(" → ");
        self.note(Fault::Cycle, at, format_args!("depends on itself through {}", short(&way)));
        *self.cycle.borrow_mut() = Some(keys);
    }

    /// All of them, if there are any.
    pub(crate) fn into_rejection(self) -> Option<Rejection> {
        let found = self.found.into_inner();
        let (first, _) = found.first()?;
        let fault = found.iter().all(|(fault, _)| fault == first).then_some(*first);
        let errors = found.into_iter().map(|(_, error)| error).collect();
        Some(Rejection { fault, errors, cycle: self.cycle.into_inner() })
    }
}

impl Rejection {
    /// What is wrong, in a sentence for people.
    pub(crate) fn detail(&self) -> String {
        match self.errors.as_slice() {
            [only] if only.pointer.is_empty() => format!("the body {}", only.detail),
            [only] => format!("{} {}", short(&only.pointer), only.detail),
            all => format!("{} values in the body are wrong", all.len()),
        }
    }

    /// Where it is wrong, for tests.
    #[cfg(test)]
    pub(crate) fn pointers(self) -> Vec<String> {
        self.errors.into_iter().map(|error| error.pointer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(faults: &[Fault]) -> Option<Fault> {
        let findings = Findings::default();
        for (index, fault) in faults.iter().enumerate() {
            findings.note(*fault, format!("/{index}"), "wrong");
        }
        findings.into_rejection().unwrap().fault
    }

    #[test]
    fn one_kind_of_fault_is_named_and_a_mixture_is_not() {
        assert_eq!(fault(&[Fault::DuplicateKey, Fault::DuplicateKey]), Some(Fault::DuplicateKey));
        assert_eq!(fault(&[Fault::UnknownDependency]), Some(Fault::UnknownDependency));
        assert_eq!(fault(&[Fault::UnknownDependency, Fault::DuplicateKey]), None);
        assert_eq!(fault(&[Fault::Cycle, Fault::Value]), None);
        assert!(Findings::default().into_rejection().is_none());
    }

    #[test]
    fn at_most_a_hundred_values_are_listed_each_once() {
        let findings = Findings::default();
        findings.value("/0", "first");
        for index in 0..150 {
            findings.value(format!("/{index}"), "later");
        }
        let errors = findings.into_rejection().unwrap().errors;
        assert_eq!(errors.len(), 100);
        assert_eq!(errors[0].detail, "first");
        assert_eq!(errors[1].pointer, "/1");
    }

    /// Counts how often it is written.
    struct Written<'a>(&'a Cell<usize>, usize);

    impl Display for Written<'_> {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set(self.0.get() + 1);
            write!(formatter, "/{}", self.1)
        }
    }

    #[test]
    fn nothing_is_written_of_a_finding_past_the_hundredth() {
        let (findings, written) = (Findings::default(), Cell::new(0));
        for index in 0..100_000 {
            findings.value(Written(&written, index), Written(&written, index));
        }
        assert_eq!(written.get(), 2 * MOST);
        assert_eq!(findings.into_rejection().unwrap().errors.len(), MOST);
    }

    #[test]
    fn findings_that_all_have_one_place_are_not_looked_at_without_end() {
        let (findings, written) = (Findings::default(), Cell::new(0));
        for _ in 0..100_000 {
            findings.value(Written(&written, 0), "wrong");
        }
        assert_eq!(written.get(), MOST_NOTED);
        assert_eq!(findings.into_rejection().unwrap().errors.len(), 1);
    }

    #[test]
    fn a_cycle_of_many_jobs_is_told_in_short() {
        let findings = Findings::default();
        findings.cycle("/0", vec!["k".repeat(100); 1_000]);
        let rejection = findings.into_rejection().unwrap();
        assert!(rejection.errors[0].detail.chars().count() < 250, "{}", rejection.errors[0].detail);
        assert_eq!(rejection.cycle.unwrap().len(), 1_000);
    }
}
