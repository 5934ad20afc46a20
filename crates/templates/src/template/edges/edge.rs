//! One edge, as it is written in `depends_on`.

use crate::template::json::Json;

/// An edge that names a job, or all whose key begins so; what else it says is carried along.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    /// The whole item.
    json: Json,
    /// What it names; `None` where it names nothing that could be understood.
    pub(crate) key: Option<String>,
}

impl Edge {
    fn of(json: Json) -> Self {
        let key = match &json {
            Json::String(key) => Some(key.clone()),
            other => match other.get("job") {
                Some(Json::String(key)) => Some(key.clone()),
                _ => None,
            },
        };
        Self { json, key }
    }

    /// The same edge to the job `key`, as JSON.
    pub(crate) fn to(&self, key: &str) -> String {
        let key = Json::String(key.to_owned());
        match &self.json {
            Json::Object(fields) => {
                let field = |(name, value): &(String, Json)| {
                    (name.clone(), if name == "job" { key.clone() } else { value.clone() })
                };
                Json::Object(fields.iter().map(field).collect()).to_text()
            }
            _ => key.to_text(),
        }
    }

    /// The edge as it is written, as JSON.
    pub(crate) fn as_written(&self) -> String {
        self.json.to_text()
    }
}

/// The edges of a rendered `depends_on`; `None` if it is no array.
pub(crate) fn edges_of(depends_on: &Json) -> Option<Vec<Edge>> {
    match depends_on {
        Json::Array(items) => Some(items.iter().cloned().map(Edge::of).collect()),
        _ => None,
    }
}
