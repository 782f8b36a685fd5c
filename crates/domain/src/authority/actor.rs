//! Actors: who did something.

use std::borrow::Cow;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::key::KeyRef;
use crate::authority::key_text::KeyId;
use crate::authority::user::UserRef;
use crate::id::UserId;
use crate::text::reference::NotAReference;
use crate::text::text_type::text_type;

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

/// A reference to a person or a key that did something: a user's id or e-mail address, or a key's id or name. A text
/// that is an e-mail address or looks like a user's id is a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActorRef {
    /// A user.
    User(UserRef),
    /// A key.
    Key(KeyRef),
}

impl ActorRef {
    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::User(user) => user.to_string().into(),
            Self::Key(key) => key.to_string().into(),
        }
    }
}

impl FromStr for ActorRef {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let user = text.parse().map(Self::User);
        user.or_else(|_| text.parse().map(Self::Key))
            .map_err(|_| NotAReference("a user's id or e-mail address, or a key's id or name"))
    }
}

text_type!(
    ActorRef,
    "description": "a user's id or e-mail address, or a key's id or name",
    "examples": ["ada@example.com", "nightly"],
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_to_an_actor_is_a_user_or_a_key() {
        let user = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f";
        for (text, is_user) in
            [(user, true), ("ada@example.com", true), ("GvXJFacEWopO", false), ("Ada, nightly", false)]
        {
            let parsed: ActorRef = text.parse().unwrap();
            assert_eq!(matches!(parsed, ActorRef::User(_)), is_user, "{text}");
            assert_eq!(parsed.to_string(), text);
        }
        assert!("".parse::<ActorRef>().is_err());
    }
}
