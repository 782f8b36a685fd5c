//! Keys: credentials for programs.

mod narrowing;
mod sealed;
mod secret;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::actor::Actor;
pub use crate::key_kind::KeyKind;
pub use crate::key_text::{BadKey, KEY_PATTERN, KeyId, KeyText, contains_key, redact};
pub use narrowing::Narrowing;
pub use sealed::{CannotOpen, Sealed};
pub use secret::{DigestedSecret, KeyDigests, Pepper, PepperVersion, Peppers, PeppersError, SecretDigest};

use crate::command_limits::CommandLimits;
use crate::enrolment::Enrolment;
use crate::id::{AgentId, OrganizationId, UserId};
use crate::name::{Description, Name};
use crate::network::Network;
use crate::rate::RateLimit;
use crate::reach::Reach;
use crate::revision::Revision;
use crate::role::RoleRef;
use crate::scope::Scope;
use crate::time::Timestamp;

/// That a key was switched off, by whom, why and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disabled {
    /// When.
    pub at: Timestamp,
    /// Who switched it off.
    pub by: Actor,
    /// Why.
    pub reason: Option<Description>,
    /// When it works again by itself; null if only by `keys.enable`.
    pub until: Option<Timestamp>,
}

/// When, from where and for what a key was last used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: IpAddr,
    /// For which operation.
    #[schemars(example = &"sites.list")]
    pub operation: Cow<'static, str>,
}

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum KeyStatus {
    /// It works.
    Active,
    /// It was switched off.
    Disabled,
    /// Its time has not come yet.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// The user it acts for has no access any more, or its role is gone.
    AccessOver,
    /// It was not used for so long that its organization's policy disables it.
    Unused,
    /// Its organization's policy asks for what it has not.
    AgainstPolicy,
}

/// A key: what it is and what it may do. Its secret is not part of it.
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
    /// The user it acts for: it may do what they may, and no more; it needs no second factor of
    /// theirs, and works no longer than their access lasts. Null for none.
    pub user: Option<UserId>,
    /// A role that narrows it: it may do what the role may, and no more. Null for none.
    pub role: Option<RoleRef>,
    /// The operations it opens.
    pub scopes: BTreeSet<Scope>,
    /// The objects it touches.
    pub reach: Reach,
    /// It does not work before this time.
    pub not_before: Option<Timestamp>,
    /// It does not work from this time on.
    pub expires_at: Option<Timestamp>,
    /// Set while it is switched off.
    pub disabled: Option<Disabled>,
    /// It works only from these networks; from anywhere if there are none.
    pub allowed_ips: Vec<Network>,
    /// It never works from these networks.
    pub denied_ips: Vec<Network>,
    /// How often it may be used; null for as often as the server can.
    pub rate_limit: Option<RateLimit>,
    /// What holds for the commands that it gives; null for no more than its scopes and reach say.
    pub command_limits: Option<CommandLimits>,
    /// What an enrolment key makes of the machines that come with it; null for other kinds.
    pub enrolment: Option<Enrolment>,
    /// The agent that an agent key acts as; null for other kinds.
    pub agent: Option<AgentId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    pub created_by: Actor,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How often it was written; the number in its `ETag`.
    pub revision: Revision,
    /// When, from where and for what it was last used; written in batches, so it may lag by some
    /// seconds after a restart.
    pub last_used: Option<LastUse>,
    /// Until when the secret before the last rotation still works.
    pub previous_secret_until: Option<Timestamp>,
}

impl Key {
    /// Whether it works at a time.
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
