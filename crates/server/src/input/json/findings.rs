//! Everything that is wrong in one text, collected while it is read.

use std::cell::RefCell;
use std::fmt::Display;

use windlass_wire::FieldError;

/// The most findings that are listed; the contract's bound.
const MOST: usize = 100;

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
    /// Notes a wrong type or value.
    pub(crate) fn value(&self, at: impl Display, detail: impl Into<String>) {
        self.note(Fault::Value, at, detail);
    }

    /// Notes a fault. The first one of a value counts: what follows is mostly its consequence.
    pub(crate) fn note(&self, fault: Fault, at: impl Display, detail: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() >= MOST {
            return;
        }
        let pointer = at.to_string();
        if !found.iter().any(|(_, error)| error.pointer == pointer) {
            found.push((fault, FieldError { pointer, detail: detail.into() }));
        }
    }

    /// Notes a cycle, each key of which depends on the next.
    pub(crate) fn cycle(&self, at: impl Display, keys: Vec<String>) {
        self.note(Fault::Cycle, at, format!("depends on itself through {}", keys.join(" → ")));
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
            [only] => format!("{} {}", only.pointer, only.detail),
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
}
