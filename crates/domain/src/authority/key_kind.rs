//! The kinds of keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of a key. It is part of the key's text and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// Works in every organization, and may do what only a server administrator may grant.
    Root,
    /// Works only in its own organization.
    Org,
    /// Acts as the agent of one node.
    Agent,
    /// Enrols agents, and nothing else.
    Enrol,
}

impl KeyKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Root, Self::Org, Self::Agent, Self::Enrol];

    /// The kind as text, as in a key and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Org => "org",
            Self::Agent => "agent",
            Self::Enrol => "enrol",
        }
    }

    /// The kind that a text from a key or the database names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
