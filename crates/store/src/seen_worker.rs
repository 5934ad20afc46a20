//! What a worker asked for since that was last written down.

use std::collections::HashSet;

use windlass_domain::TypeName;

/// The types that a worker asked for: those of its last call, and others of calls before.
#[derive(Debug, Default)]
pub(crate) struct SeenWorker {
    last: Vec<String>,
    before: HashSet<String>,
}

impl SeenWorker {
    /// Notes a call; nothing is copied where a worker asks for the same as before, as most do.
    pub(crate) fn asks(&mut self, types: &[TypeName]) {
        let same = self.last.iter().map(String::as_str).eq(types.iter().map(TypeName::as_str));
        if !same {
            let last = std::mem::replace(&mut self.last, types.iter().map(TypeName::to_string).collect());
            self.before.extend(last);
        }
    }

    /// The types of the last call, in its order.
    pub(crate) fn last(&self) -> &[String] {
        &self.last
    }

    /// All types, each once, in no order.
    pub(crate) fn all(&self) -> HashSet<&str> {
        self.before.iter().chain(&self.last).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_asked_for_is_kept_and_the_last_ones_apart() {
        let types =
            |names: &[&str]| names.iter().map(|name| TypeName::parse(*name).unwrap()).collect::<Vec<_>>();
        let mut seen = SeenWorker::default();
        for call in [&["a", "b"][..], &["c"], &["c"], &["b", "a"]] {
            seen.asks(&types(call));
        }
        assert_eq!(seen.last(), ["b", "a"]);
        assert_eq!(seen.all(), HashSet::from(["a", "b", "c"]));
    }
}
