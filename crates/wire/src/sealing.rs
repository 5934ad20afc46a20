//! When a job takes no more tasks, as its creation says.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When a job is sealed: `true`, `false` or `"on_open"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sealing {
    /// `true`: no more tasks will be added.
    #[default]
    AtOnce,
    /// `false`: until somebody seals it.
    Later,
    /// `"on_open"`: by itself as it opens, so its parents may add to it until they have ended.
    OnOpen,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Flag(bool),
    Word(Word),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    OnOpen,
}

impl Serialize for Sealing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtOnce => serializer.serialize_bool(true),
            Self::Later => serializer.serialize_bool(false),
            Self::OnOpen => serializer.serialize_str("on_open"),
        }
    }
}

impl<'de> Deserialize<'de> for Sealing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Flag(true) => Self::AtOnce,
            Written::Flag(false) => Self::Later,
            Written::Word(Word::OnOpen) => Self::OnOpen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_flag_or_a_word() {
        for (sealing, text) in
            [(Sealing::AtOnce, "true"), (Sealing::Later, "false"), (Sealing::OnOpen, "\"on_open\"")]
        {
            assert_eq!(serde_json::to_string(&sealing).unwrap(), text);
            assert_eq!(serde_json::from_str::<Sealing>(text).unwrap(), sealing);
        }
        assert!(serde_json::from_str::<Sealing>("\"on open\"").is_err());
    }
}
