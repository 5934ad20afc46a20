//! Everything that is wrong in one body, gathered while it is read.

use std::cell::RefCell;
use std::fmt::Display;

use windlass_wire::{Code, FieldError};

use crate::http::Problem;

/// The most findings that one answer lists; the contract's.
const MOST: usize = 100;

/// What kind of fault a finding is; a body with one kind only is answered by that kind's code.
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

impl Findings {
    /// Notes a wrong type or value.
    pub(crate) fn value(&self, at: impl Display, detail: impl Into<String>) {
        self.note(Fault::Value, at, detail);
    }

    /// Notes a fault. The first one of a place counts: what follows is mostly its consequence.
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

    /// The problem that tells all of them, if there are any.
    pub(crate) fn into_problem(self) -> Option<Problem> {
        let found = self.found.into_inner();
        let (first, _) = found.first()?;
        let code =
            if found.iter().all(|(fault, _)| fault == first) { first.code() } else { Code::ValidationFailed };
        let errors: Vec<FieldError> = found.into_iter().map(|(_, error)| error).collect();
        let detail = match errors.as_slice() {
            [only] => format!(
                "{} {}",
                if only.pointer.is_empty() { "the body" } else { &only.pointer },
                only.detail
            ),
            all => format!("{} places in the body are wrong", all.len()),
        };
        Some(Problem::found(code, detail, errors, self.cycle.into_inner()))
    }
}

impl Fault {
    fn code(self) -> Code {
        match self {
            Self::Value => Code::ValidationFailed,
            Self::UnknownDependency => Code::UnknownDependency,
            Self::DuplicateKey => Code::DuplicateKey,
            Self::Cycle => Code::DependencyCycle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(faults: &[Fault]) -> Code {
        let findings = Findings::default();
        for (index, fault) in faults.iter().enumerate() {
            findings.note(*fault, format!("/{index}"), "wrong");
        }
        findings.into_problem().unwrap().into_wire().code
    }

    #[test]
    fn one_kind_of_fault_has_its_own_code_and_a_mixture_is_a_failed_validation() {
        assert_eq!(code(&[Fault::DuplicateKey, Fault::DuplicateKey]), Code::DuplicateKey);
        assert_eq!(code(&[Fault::UnknownDependency]), Code::UnknownDependency);
        assert_eq!(code(&[Fault::UnknownDependency, Fault::DuplicateKey]), Code::ValidationFailed);
        assert_eq!(code(&[Fault::Cycle, Fault::Value]), Code::ValidationFailed);
        assert!(Findings::default().into_problem().is_none());
    }

    #[test]
    fn at_most_a_hundred_places_are_listed_each_once() {
        let findings = Findings::default();
        findings.value("/0", "first");
        for index in 0..150 {
            findings.value(format!("/{index}"), "later");
        }
        let errors = findings.into_problem().unwrap().into_wire().errors.unwrap();
        assert_eq!(errors.len(), 100);
        assert_eq!(errors[0].detail, "first");
        assert_eq!(errors[1].pointer, "/1");
    }
}
