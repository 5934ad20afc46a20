//! Whether a key that is narrowed to some types may create what it asks for.

use windlass_domain::AllowedTypes;

use crate::error::{Error, NotAllowed, Part};
use crate::input::NewJob;

/// Refuses parts of other types than these, all at once; what is not narrowed may be of any.
///
/// # Errors
/// [`Error::TypesNotAllowed`].
pub(crate) fn check_types<'a>(
    allowed: Option<&AllowedTypes>,
    parts: impl IntoIterator<Item = (Part, &'a str)>,
) -> Result<(), Error> {
    let Some(allowed) = allowed else { return Ok(()) };
    let other = parts.into_iter().filter(|(_, type_name)| !allowed.allow(type_name));
    let other: Vec<NotAllowed> =
        other.map(|(part, type_name)| NotAllowed { part, type_name: type_name.to_owned() }).collect();
    if other.is_empty() { Ok(()) } else { Err(Error::TypesNotAllowed(other)) }
}

/// The same for jobs that are created.
///
/// # Errors
/// [`Error::TypesNotAllowed`].
pub(crate) fn check_types_of_jobs(allowed: Option<&AllowedTypes>, jobs: &[NewJob]) -> Result<(), Error> {
    check_types(allowed, jobs.iter().enumerate().map(|(at, job)| (Part::Job(at), job.type_name.as_str())))
}

#[cfg(test)]
mod tests {
    use windlass_domain::AllowedType;

    use super::*;

    #[test]
    fn each_part_of_another_type_is_named() {
        let allowed = AllowedTypes::new(vec![AllowedType::parse("a-*").unwrap()]).unwrap();
        let parts = [(Part::Job(0), "a-1"), (Part::Job(1), "b"), (Part::Job(2), "c")];
        assert!(check_types(None, parts).is_ok());
        let Err(Error::TypesNotAllowed(other)) = check_types(Some(&allowed), parts) else {
            panic!("allowed")
        };
        assert_eq!(other.iter().map(|other| other.part).collect::<Vec<_>>(), [Part::Job(1), Part::Job(2)]);
        assert!(check_types(Some(&allowed), [parts[0]]).is_ok());
    }
}
