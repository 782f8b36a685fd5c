//! What kinds of keys there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of key it is: part of the key itself, and never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KeyKind {
    /// Reaches every organization and may do what only a server administrator may hand out.
    Root,
    /// Never leaves its organization.
    Org,
    /// Acts as one node's agent.
    Agent,
    /// Enrols agents, and nothing else.
    Enrol,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Root, Self::Org, Self::Agent, Self::Enrol];

    /// As it is written in a key and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Org => "org",
            Self::Agent => "agent",
            Self::Enrol => "enrol",
        }
    }

    /// From a key or the database.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
