//! The audit trail: who did what. A chain of hashes shows when an entry was changed.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::authority::key::Actor;
use crate::id::{OrganizationId, RequestId};
use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The SHA-256 hash of an entry, written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryHash([u8; 32]);

impl EntryHash {
    /// The previous hash of the first entry in a chain: all zeros.
    pub const NONE: Self = Self([0; 32]);

    fn as_text(&self) -> Cow<'_, str> {
        use fmt::Write as _;
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            let _ = write!(text, "{byte:02x}");
        }
        text.into()
    }
}

impl fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_text())
    }
}

/// The error for a text that is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for EntryHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotAHash);
        }
        for (n, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(hash))
    }
}

text_type!(EntryHash, "minLength": 64, "maxLength": 64, "pattern": "^[0-9a-f]{64}$");

/// An object that an operation touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The kind of object.
    #[schemars(example = &"site")]
    pub noun: Cow<'static, str>,
    /// Its id.
    pub id: String,
}

impl Target {
    /// An object of the kind `noun`.
    pub fn new(noun: &'static str, id: impl fmt::Display) -> Self {
        Self { noun: noun.into(), id: id.to_string() }
    }
}

/// Whether an operation was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "AuditOutcome")]
pub enum Outcome {
    /// It was allowed and carried out.
    Allowed,
    /// It was refused.
    Denied,
}

impl Outcome {
    /// The form in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
        }
    }

    /// The outcome that a text from the database names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allowed, Self::Denied].into_iter().find(|o| o.as_str() == text)
    }
}

/// What happened, before it becomes an entry of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// The organization in which it was done; null for the server as a whole.
    pub organization_id: Option<OrganizationId>,
    /// The operation.
    #[schemars(example = &"sites.create")]
    pub operation: Cow<'static, str>,
    /// The objects that it touched.
    pub targets: Vec<Target>,
    /// Whether it was allowed.
    pub outcome: Outcome,
    /// If it was refused, why: the error's `code`, and the scope if one was missing. If it was allowed
    /// and touched more objects than `targets` lists: how many.
    pub reason: Option<String>,
    /// The address of the client; null if the server itself did it.
    pub address: Option<IpAddr>,
    /// The id of the request, as in the `X-Request-Id` of the response.
    pub request_id: Option<RequestId>,
}

impl Event {
    /// The hash of this event as entry `number` of a chain, after the one with hash `previous`:
    /// SHA-256 of the previous hash (32 bytes), the number (8 bytes, big-endian) and the event as
    /// JSON, its members in the order of this struct, without spaces.
    pub fn hash(&self, number: i64, previous: EntryHash) -> EntryHash {
        let mut sha = Sha256::new();
        sha.update(previous.0);
        sha.update(number.to_be_bytes());
        sha.update(self.hashed_text());
        EntryHash(sha.finalize().into())
    }

    /// The event as JSON, in the form that is hashed.
    pub fn hashed_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One entry of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry {
    /// Its number in its chain, from 1. Each organization has a chain, and the server as a whole has
    /// one.
    #[schemars(range(min = 1))]
    pub number: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// The hash of the entry before it in the chain; zeros in the first.
    pub previous_hash: EntryHash,
    /// The hash of this entry.
    pub hash: EntryHash,
}

impl Entry {
    /// Whether the entry is unchanged and follows the entry with that number and hash.
    pub fn follows(&self, number: i64, hash: EntryHash) -> bool {
        self.number == number + 1
            && self.previous_hash == hash
            && self.hash == self.event.hash(self.number, self.previous_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        Event {
            at: Timestamp::from_micros(1_700_000_000_000_000),
            actor: Actor::System,
            organization_id: None,
            operation: "sites.create".into(),
            targets: vec![Target::new("site", "x")],
            outcome: Outcome::Allowed,
            reason: None,
            address: Some("192.0.2.1".parse().unwrap()),
            request_id: None,
        }
    }

    #[test]
    fn a_changed_audit_entry_breaks_the_chain() {
        let hash = event().hash(1, EntryHash::NONE);
        let entry = Entry { number: 1, event: event(), previous_hash: EntryHash::NONE, hash };
        assert!(entry.follows(0, EntryHash::NONE));
        let json = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&json).unwrap(), entry);

        let mut changed = entry.clone();
        changed.event.address = None;
        assert!(!changed.follows(0, EntryHash::NONE));
        let mut moved = entry.clone();
        moved.number = 2;
        assert!(!moved.follows(1, EntryHash::NONE));
        assert!(!entry.follows(0, hash));
    }
}
