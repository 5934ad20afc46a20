//! The conditions of a set, in the form in which statements take them.

use windlass_domain::PipelineState;

use crate::input::PipelineSet;

/// A set's conditions that are lists.
pub(in crate::pipelines) struct Asked<'a> {
    pub(in crate::pipelines) set: &'a PipelineSet,
    /// The words of its states; `None` where any will do.
    pub(in crate::pipelines) states: Option<Vec<String>>,
    /// Names of members of the metadata.
    pub(in crate::pipelines) names: Vec<String>,
    /// Their values, in the same order.
    pub(in crate::pipelines) texts: Vec<String>,
}

impl<'a> Asked<'a> {
    /// The conditions of this set.
    pub(in crate::pipelines) fn of(set: &'a PipelineSet) -> Self {
        // Each once, however often it is asked for: the walk by states goes along the index once for each word.
        let states = || PipelineState::ALL.into_iter().filter(|state| set.states.contains(state));
        let words = || states().map(|state| state.as_str().to_owned()).collect();
        let (names, texts) = set.metadata.iter().cloned().unzip();
        Self { set, states: (!set.states.is_empty()).then(words), names, texts }
    }

    /// Whether there is more than one index to go along.
    pub(super) fn has_choice(&self) -> bool {
        let set = self.set;
        let others = [
            set.correlation_id.is_some(),
            set.name.is_some(),
            self.states.is_some(),
            set.template.is_some(),
            set.schedule.is_some(),
        ];
        self.names.len() + others.into_iter().filter(|asked| *asked).count() > 1
    }
}
