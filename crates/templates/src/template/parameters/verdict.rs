//! What the schema says, as faults.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;

use crate::template::fault::Fault;
use crate::template::place::escaped;

/// The most faults that are told.
const MOST: usize = 100;
/// The longest detail, in characters: a fault of a great value would repeat it.
const LONGEST: usize = 300;

/// Where pointers begin.
#[derive(Clone, Copy)]
pub(super) struct Root(pub(super) &'static str);

/// The faults of a validation.
///
/// # Errors
/// All of them, if there are any.
pub(super) fn of<'i>(
    errors: impl Iterator<Item = ValidationError<'i>>,
    root: Root,
) -> Result<(), Vec<Fault>> {
    let mut faults: Vec<Fault> = Vec::new();
    for error in errors.take(MOST) {
        for fault in faults_of(&error, root) {
            // Of one error there may be thousands, and each is looked for among those before it.
            if faults.len() >= MOST {
                return Err(faults);
            }
            if !faults.iter().any(|known| known.pointer == fault.pointer) {
                faults.push(fault);
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// A schema that cannot be used: a pattern, for the most part.
pub(super) fn of_schema(error: &ValidationError<'_>) -> Fault {
    Fault::new(format!("/parameters{}", error.schema_path().as_str().trim_end_matches('/')), short(error))
}

/// Names that are missing, or are too many, are told each at its own place.
fn faults_of(error: &ValidationError<'_>, Root(root): Root) -> Vec<Fault> {
    let at = format!("{root}{}", error.instance_path().as_str());
    let below = |name: &str| format!("{at}/{}", escaped(name));
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            vec![Fault::new(below(property.as_str().unwrap_or_default()), "is required")]
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            let told = unexpected.iter().take(MOST);
            told.map(|name| Fault::new(below(name), "is no parameter of the template")).collect()
        }
        _ => vec![Fault::new(at, short(error))],
    }
}

/// What is wrong, without the value, which may be large and is the caller's own.
fn short(error: &ValidationError<'_>) -> String {
    let whole = error.masked_with("it").to_string();
    let cut: String = whole.chars().take(LONGEST).collect();
    if cut.len() < whole.len() { format!("{cut}…") } else { cut }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn once_a_hundred_are_found_no_other_is_looked_for() {
        let validator = jsonschema::validator_for(&json!({"unevaluatedProperties": false})).unwrap();
        let names = |count: usize| (0..count).map(|at| (format!("a{at}"), json!(1)));
        let value = Value::Object(names(5_000).collect());
        let asked = Cell::new(0);
        let errors = std::iter::repeat_with(|| {
            asked.set(asked.get() + 1);
            validator.iter_errors(&value).next().unwrap()
        });
        assert_eq!(of(errors.take(50), Root("/parameters")).unwrap_err().len(), MOST);
        assert!(asked.get() <= 2, "{}", asked.get());
        let few = Value::Object(names(3).collect());
        assert_eq!(of(validator.iter_errors(&few), Root("")).unwrap_err().len(), 3);
    }
}
