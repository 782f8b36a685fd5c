//! Key policies: the requirements of an organization for its keys.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::authority::scope::Scope;
use crate::time::Timestamp;

/// The longest lifetime that a policy can set, in seconds: a hundred years.
pub const LIFE_MAX: i64 = 3_155_760_000;
/// The largest `disable_unused_days`.
pub const UNUSED_DAYS_MAX: u32 = 36_500;
/// The most scopes in `withheld_scopes`.
pub const WITHHELD_SCOPES_MAX: usize = 256;

/// The requirements of an organization for its keys. They apply to existing keys as well, from the next
/// request on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "longest_life_seconds": 7776000, "withheld_scopes": ["organizations:write"], "require_allowed_ips": true, "disable_unused_days": 90 }]))]
pub struct KeyPolicy {
    /// How long a key works after it was created, in seconds, at most; null for no such limit.
    #[serde(default)]
    #[schemars(range(min = 1, max = LIFE_MAX))]
    pub longest_life_seconds: Option<i64>,
    /// Operations that no key may perform, whatever its scopes.
    #[serde(default)]
    #[schemars(length(max = WITHHELD_SCOPES_MAX))]
    pub withheld_scopes: BTreeSet<Scope>,
    /// Only keys that are limited to networks (`allowed_ips`) work, and none of the networks may be
    /// wider than a /8 (IPv4) or a /16 (IPv6).
    #[serde(default)]
    pub require_allowed_ips: bool,
    /// A key that was not used for this many days is disabled; null for never.
    #[serde(default)]
    #[schemars(range(min = 1, max = UNUSED_DAYS_MAX))]
    pub disable_unused_days: Option<u32>,
}

const DAY_SECONDS: i64 = 86_400;

impl KeyPolicy {
    /// When the policy ends the life of a key that was created at a time; `None` if it sets no limit.
    pub fn life_ends(&self, created_at: Timestamp) -> Option<Timestamp> {
        self.longest_life_seconds.map(|seconds| created_at.plus_seconds(seconds))
    }

    /// Whether the policy ends keys at some time, or disables them when they are not used.
    pub const fn ends_keys(&self) -> bool {
        self.longest_life_seconds.is_some() || self.disable_unused_days.is_some()
    }

    /// When the policy disables a key that was last used (or else created) at a time; `None` if it sets
    /// no limit.
    pub fn unused_ends(&self, used_at: Timestamp) -> Option<Timestamp> {
        self.disable_unused_days.map(|days| used_at.plus_seconds(i64::from(days) * DAY_SECONDS))
    }
}
