//! The parameters that a call gives, checked, with the defaults of the rest.

use super::bounds::{GIVEN_BYTES, ITEMS, WORK};
use super::parse::Parameters;
use super::verdict::{self, Root};
use crate::template::fault::Fault;
use crate::template::json::Json;
use crate::template::names;
use crate::template::place::Place;

impl Parameters {
    /// What is given, with the defaults of what is not.
    ///
    /// # Errors
    /// All that is wrong with it, by pointers below `/parameters`.
    pub(crate) fn complete(&self, given: &str) -> Result<Vec<(String, Json)>, Vec<Fault>> {
        let at = Place::Root("/parameters");
        let refuse = |detail: String| vec![Fault::new(at, detail)];
        if given.len() > GIVEN_BYTES {
            return Err(refuse(format!("must have at most {GIVEN_BYTES} bytes, has {}", given.len())));
        }
        let Json::Object(mut parameters) = Json::parse(given).map_err(refuse)? else {
            return Err(refuse("must be an object".to_owned()));
        };
        check_names(&parameters, &at)?;
        let mut faults = Vec::new();
        for (name, value) in &parameters {
            check_lists(value, &at.field(name), &mut faults);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for (name, default) in &self.defaults {
            if !parameters.iter().any(|(given, _)| given == name) {
                parameters.push((name.clone(), default.clone()));
            }
        }
        self.validate(&parameters)?;
        Ok(parameters)
    }

    fn validate(&self, parameters: &[(String, Json)]) -> Result<(), Vec<Fault>> {
        let whole = Json::Object(parameters.to_vec());
        let work = self.nodes.saturating_mul(whole.count() + whole.to_text().len() / 16);
        if work > WORK {
            let detail = "are more than this schema can be checked for in time: give fewer or shorter values";
            return Err(vec![Fault::new("/parameters", detail)]);
        }
        verdict::of(self.validator.iter_errors(&whole.to_value()), Root("/parameters"))
    }
}

/// Names are given once, and expressions can use them.
fn check_names(parameters: &[(String, Json)], at: &Place<'_>) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (name, _) in parameters {
        if !seen.insert(name) {
            faults.push(Fault::new(at.field(name), "is given more than once"));
        } else if let Some(detail) = names::fault(name) {
            faults.push(Fault::new(at.field(name), detail));
        }
    }
    faults.truncate(100);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn check_lists(value: &Json, at: &Place<'_>, faults: &mut Vec<Fault>) {
    match value {
        Json::Array(items) if items.len() > ITEMS => {
            faults.push(Fault::new(at, format!("must have at most {ITEMS} items, has {}", items.len())));
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                check_lists(item, &at.item(index), faults);
            }
        }
        Json::Object(fields) => {
            for (name, field) in fields {
                check_lists(field, &at.field(name), faults);
            }
        }
        _ => {}
    }
}
