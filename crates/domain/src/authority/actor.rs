//! Actors: who did something.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::key_text::KeyId;
use crate::id::UserId;

/// Who did something: a key, a user, or the server itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A program that used a key.
    Key {
        /// The key's id.
        id: KeyId,
    },
    /// A person who was logged in.
    User {
        /// The user's id.
        id: UserId,
    },
    /// The server itself, as on its first start.
    System,
    /// A caller without a valid credential.
    Anonymous,
}

impl Actor {
    /// The form in the database: `key:ID`, `user:ID`, `system`, `anonymous`.
    pub fn as_text(&self) -> Cow<'static, str> {
        match self {
            Self::Key { id } => format!("key:{id}").into(),
            Self::User { id } => format!("user:{id}").into(),
            Self::System => "system".into(),
            Self::Anonymous => "anonymous".into(),
        }
    }

    /// The actor that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("key", id)) => id.parse().ok().map(|id| Self::Key { id }),
            Some(("user", id)) => id.parse().ok().map(|id| Self::User { id }),
            None if text == "system" => Some(Self::System),
            None if text == "anonymous" => Some(Self::Anonymous),
            _ => None,
        }
    }
}
