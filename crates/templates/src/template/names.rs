//! Names of parameters.

/// Names that expressions know otherwise.
const RESERVED: [&str; 9] = ["run", "item", "index", "loop", "self", "range", "true", "false", "none"];
/// The longest name, in bytes.
const LONGEST: usize = 64;

/// Why this is no name of a parameter.
pub(crate) fn fault(name: &str) -> Option<&'static str> {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let rest = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if RESERVED.contains(&name) {
        Some("is a name that expressions know otherwise")
    } else if first && rest && name.len() <= LONGEST {
        None
    } else {
        Some("must be named by 1 to 64 letters, digits and underscores, and not begin with a digit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_identifier_that_means_nothing_else() {
        for good in ["a", "_", "A1_b", &"x".repeat(64)] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in ["", "1a", "a-b", "é", "a b", &"x".repeat(65)] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        assert!(RESERVED.into_iter().all(|name| fault(name).is_some()));
    }
}
