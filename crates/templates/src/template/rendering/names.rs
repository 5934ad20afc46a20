//! The names that expressions see.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Enumerator, Object};

/// Parameters, `run`, and within what is repeated `item` and `index`.
#[derive(Debug, Clone)]
pub(super) struct Names {
    common: Arc<BTreeMap<String, Value>>,
    item: Option<(Value, usize)>,
}

impl Names {
    pub(super) fn new(common: BTreeMap<String, Value>) -> Self {
        Self { common: Arc::new(common), item: None }
    }

    /// The same with another item, which hides the one before.
    pub(super) fn with_item(&self, item: Value, index: usize) -> Self {
        Self { common: Arc::clone(&self.common), item: Some((item, index)) }
    }

    /// As expressions take them.
    pub(super) fn value(&self) -> Value {
        Value::from_object(self.clone())
    }
}

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str()?, &self.item) {
            ("item", Some((item, _))) => Some(item.clone()),
            ("index", Some((_, index))) => Some(Value::from(*index)),
            (name, _) => self.common.get(name).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}
