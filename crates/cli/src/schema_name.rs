//! The name of a schema, as it is said.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use windlass_server::{NoSchema, Schema};

/// A schema that is named by a flag, a variable or the settings file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct SchemaName(pub(crate) Schema);

impl FromStr for SchemaName {
    type Err = NoSchema;

    fn from_str(name: &str) -> Result<Self, NoSchema> {
        Schema::parse(name).map(Self)
    }
}

impl TryFrom<String> for SchemaName {
    type Error = NoSchema;

    fn try_from(name: String) -> Result<Self, NoSchema> {
        name.parse()
    }
}

impl From<SchemaName> for String {
    fn from(name: SchemaName) -> Self {
        name.0.name().to_owned()
    }
}
