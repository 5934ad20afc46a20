//! The types that a key is narrowed to.

use crate::Invalid;
use crate::text::TypeName;

/// One of them: an exact type, or a beginning, which ends in `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedType(String);

impl AllowedType {
    /// A type of 1 to 100 characters, or a beginning and `*`, as many characters in all.
    ///
    /// # Errors
    /// [`Invalid`] naming the bound; `*` alone is none.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = TypeName::parse(text)?.into_string();
        if text == "*" {
            return Err(Invalid(
                "must be a type, or a beginning followed by *; * alone is neither".to_owned(),
            ));
        }
        Ok(Self(text))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it allows this type.
    pub fn allows(&self, type_name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => type_name.starts_with(beginning),
            None => self.0 == type_name,
        }
    }
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedTypes(Vec<AllowedType>);

impl AllowedTypes {
    /// How many there may be.
    pub const MOST: usize = 50;

    /// 1 to 50 of them.
    ///
    /// # Errors
    /// [`Invalid`] naming the bound.
    pub fn new(types: Vec<AllowedType>) -> Result<Self, Invalid> {
        match types.len() {
            1..=Self::MOST => Ok(Self(types)),
            n => Err(Invalid(format!("must have 1 to {} items, has {n}", Self::MOST))),
        }
    }

    /// Whether one of them allows this type.
    pub fn allow(&self, type_name: &str) -> bool {
        self.0.iter().any(|allowed| allowed.allows(type_name))
    }

    /// The texts, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AllowedType::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_type_allows_itself_and_a_beginning_all_that_begin_so() {
        for (allowed, type_name, expected) in [
            ("resize", "resize", true),
            ("resize", "resize-large", false),
            ("resize", "Resize", false),
            ("resize-*", "resize-large", true),
            ("resize-*", "resize-", true),
            ("resize-*", "resize", false),
            ("resize-*", "resize-*", true),
            ("a**", "a*", true),
            ("a**", "ab", false),
        ] {
            let types = AllowedTypes::new(vec![AllowedType::parse(allowed).unwrap()]).unwrap();
            assert_eq!(types.allow(type_name), expected, "{allowed} for {type_name}");
        }
    }

    #[test]
    fn bounds_hold_at_the_limit_and_fail_one_past_it() {
        for wrong in ["*".to_owned(), String::new(), "a".repeat(101)] {
            assert!(AllowedType::parse(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(AllowedType::parse("a".repeat(100)).is_ok());
        let types = |n| AllowedTypes::new(vec![AllowedType::parse("a").unwrap(); n]);
        assert!(types(0).is_err() && types(1).is_ok() && types(50).is_ok() && types(51).is_err());
    }
}
