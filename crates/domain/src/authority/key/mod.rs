//! Keys: credentials for programs.

mod narrowing;
mod sealed;
mod secret;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::authority::actor::Actor;
pub use crate::authority::key_kind::KeyKind;
pub use crate::authority::key_presentation::{in_authorization, presented};
pub use crate::authority::key_text::{BadKey, KEY_PATTERN, KeyId, KeyText, contains_key, redact};
pub use narrowing::Narrowing;
pub use sealed::{CannotOpen, Sealed};
pub use secret::{DigestedSecret, KeyDigests, Pepper, PepperVersion, Peppers, PeppersError, SecretDigest};

use crate::authority::command_limits::CommandLimits;
use crate::authority::enrolment::Enrolment;
use crate::authority::rate::RateLimit;
use crate::authority::reach::Reach;
use crate::authority::role::RoleRef;
use crate::authority::scope::Scope;
use crate::id::{AgentId, OrganizationId, UserId};
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::network::Network;
use crate::text::reference::reference_type;
use crate::time::Timestamp;

reference_type! {
    /// A reference to a key: its id, or its name if no other key has it. A key whose name looks like the id of another is found
    /// only by its id.
    KeyRef: KeyId, Name(Name), expected "a key's id or name",
    "minLength": 1, "maxLength": NAME_MAX, "examples": ["w993Ql120cg2"],
}

/// Who disabled a key, when, why and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disabled {
    /// When it was disabled.
    pub at: Timestamp,
    /// Who disabled it.
    pub by: Actor,
    /// Why it was disabled.
    pub reason: Option<Description>,
    /// When it works again by itself; null if only `keys.enable` makes it work again.
    pub until: Option<Timestamp>,
}

/// When, from where and for which operation a key was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// The address of the client.
    pub address: IpAddr,
    /// The name of the operation.
    #[schemars(example = &"sites.list")]
    pub operation: Cow<'static, str>,
}

/// Whether a key works, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It was disabled.
    Disabled,
    /// It is not valid yet (`not_before`).
    NotYetValid,
    /// It has expired (`expires_at`).
    Expired,
    /// The user it acts for has lost access, or its role was deleted.
    AccessOver,
    /// It was unused for longer than its organization's policy allows.
    Unused,
    /// It does not meet its organization's policy.
    AgainstPolicy,
}

/// A key: what it is and what it may do. Its secret is not included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "KeyRecord")]
pub struct Key {
    /// Its public id, the third part of the key's text.
    pub id: KeyId,
    /// Its kind.
    pub kind: KeyKind,
    /// Its name for people.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// The organization it belongs to; null for a root key.
    pub organization_id: Option<OrganizationId>,
    /// The user it acts for: it may do no more than that user. It needs no second factor, and stops
    /// working when the user loses access. Null for none.
    pub user: Option<UserId>,
    /// The role that limits it: it may do no more than the role allows. Null for none.
    pub role: Option<RoleRef>,
    /// The operations that it allows.
    pub scopes: BTreeSet<Scope>,
    /// The objects that it may touch.
    pub reach: Reach,
    /// It does not work before this time; null for no such limit.
    pub not_before: Option<Timestamp>,
    /// It does not work from this time on; null if it never expires.
    pub expires_at: Option<Timestamp>,
    /// Set while it is disabled; null otherwise.
    pub disabled: Option<Disabled>,
    /// The networks from which it works; empty for any.
    pub allowed_ips: Vec<Network>,
    /// The networks from which it never works.
    pub denied_ips: Vec<Network>,
    /// How often it may be used; null for no limit of its own.
    pub rate_limit: Option<RateLimit>,
    /// Limits on the commands that it may give; null for none beyond its scopes and reach.
    pub command_limits: Option<CommandLimits>,
    /// What an enrolment key gives to the machines that enrol with it; null for other kinds.
    pub enrolment: Option<Enrolment>,
    /// The agent that an agent key acts as; null for other kinds.
    pub agent: Option<AgentId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Actor,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
    /// When, from where and for which operation it was last used; null if never. It is written in
    /// batches, so it may lag by some seconds after a restart.
    pub last_used: Option<LastUse>,
    /// Until when the secret before the last rotation still works; null if there is none.
    pub previous_secret_until: Option<Timestamp>,
}

impl Key {
    /// Whether the key itself works at a time. Its user, its role and its organization's policy are not
    /// considered.
    pub fn status(&self, now: Timestamp) -> KeyStatus {
        if self.disabled.as_ref().is_some_and(|d| d.until.is_none_or(|until| now < until)) {
            KeyStatus::Disabled
        } else if self.expires_at.is_some_and(|at| now >= at) {
            KeyStatus::Expired
        } else if self.not_before.is_some_and(|at| now < at) {
            KeyStatus::NotYetValid
        } else {
            KeyStatus::Active
        }
    }
}
