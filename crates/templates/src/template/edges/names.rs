//! How jobs of a template can be named.

use crate::template::expression::Piece;
use crate::template::node::Node;

/// The keys of a template's jobs, as far as they are known before it is rendered.
#[derive(Debug, Default)]
pub(crate) struct KeyNames {
    keys: Vec<String>,
    /// What keys with expressions begin with.
    beginnings: Vec<String>,
    /// Whether a job is given by an expression, so that its key is not known at all.
    unknown: bool,
}

impl KeyNames {
    /// Those of the jobs of this body.
    pub(crate) fn of(jobs: &Node) -> Self {
        let mut names = Self { unknown: jobs.is_open(), ..Self::default() };
        for job in jobs.items() {
            names.add(job);
        }
        names
    }

    fn add(&mut self, job: &Node) {
        match job.get("key") {
            Some(Node::Text(pieces)) => self.beginnings.push(match pieces.first() {
                Some(Piece::Text(text)) => text.clone(),
                _ => String::new(),
            }),
            Some(Node::Value(_)) => self.beginnings.push(String::new()),
            Some(key) => self.keys.extend(key.as_text()),
            None => self.unknown |= job.is_open(),
        }
    }

    /// Whether an edge to `key`, or to all that begins so, names a job of the template; keys known to be those of `passed_over` count as none.
    pub(crate) fn name(&self, key: &str, passed_over: impl Fn(&str) -> bool) -> bool {
        match key.strip_suffix('*') {
            Some(beginning) => {
                self.keys.iter().any(|key| key.starts_with(beginning) && !passed_over(key))
                    || self
                        .beginnings
                        .iter()
                        .any(|own| own.starts_with(beginning) || beginning.starts_with(own))
            }
            None => {
                self.keys.iter().any(|own| own == key)
                    || self.beginnings.iter().any(|beginning| key.starts_with(beginning))
            }
        }
    }

    /// Whether there may be jobs of which nothing is known.
    pub(crate) fn are_open(&self) -> bool {
        self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::json::Json;
    use crate::template::place::Place;

    #[test]
    fn a_key_with_expressions_is_named_by_whatever_begins_with_its_text() {
        let jobs = r#"[{"key":"align"},{"key":"part-{{ index }}-{{ item }}"},{"type":"t"}]"#;
        let names = KeyNames::of(&Node::of(Json::parse(jobs).unwrap(), &Place::Root(""), &mut Vec::new()));
        for named in ["align", "part-", "part-0-a", "al*", "align*", "*", "part-1*", "pa*"] {
            assert!(names.name(named, |_| false), "{named}");
        }
        for other in ["ali", "par", "aligned*", "b*", ""] {
            assert!(!names.name(other, |_| false), "{other}");
        }
        assert!(!names.name("al*", |key| key == "align"), "no other begins so");
        assert!(names.name("*", |key| key == "align"));
        assert!(!names.are_open());
    }
}
