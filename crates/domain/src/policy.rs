//! What an organization asks of its keys.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scope::Scope;
use crate::time::Timestamp;

/// The longest life that a policy can allow, in seconds: a hundred years.
pub const LIFE_MAX: i64 = 3_155_760_000;
/// The most days that a policy can let a key go unused.
pub const UNUSED_DAYS_MAX: u32 = 36_500;
/// The most scopes that a policy can withhold.
pub const WITHHELD_SCOPES_MAX: usize = 256;

/// What an organization asks of its keys. It holds for those there are from the next request on,
/// not only for new ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "longest_life_seconds": 7776000, "withheld_scopes": ["organizations:write"], "require_allowed_ips": true, "disable_unused_days": 90 }]))]
pub struct KeyPolicy {
    /// No key works longer than this after it was created; null for as long as it says itself.
    #[serde(default)]
    #[schemars(range(min = 1, max = LIFE_MAX))]
    pub longest_life_seconds: Option<i64>,
    /// What no key opens, whatever its scopes.
    #[serde(default)]
    #[schemars(length(max = WITHHELD_SCOPES_MAX))]
    pub withheld_scopes: BTreeSet<Scope>,
    /// Only keys that are held to networks (`allowed_ips`) work, and none of the networks may be wider
    /// than a /8 (IPv4) or a /16 (IPv6).
    #[serde(default)]
    pub require_allowed_ips: bool,
    /// A key that nobody used for so many days is disabled; null for never.
    #[serde(default)]
    #[schemars(range(min = 1, max = UNUSED_DAYS_MAX))]
    pub disable_unused_days: Option<u32>,
}

const DAY_SECONDS: i64 = 86_400;

impl KeyPolicy {
    /// When a key that was created at a time works no longer, as far as this goes.
    pub fn life_ends(&self, created_at: Timestamp) -> Option<Timestamp> {
        self.longest_life_seconds.map(|seconds| created_at.plus_seconds(seconds))
    }

    /// When a key that was last used (or created) at a time works no longer, as far as this goes.
    pub fn unused_ends(&self, used_at: Timestamp) -> Option<Timestamp> {
        self.disable_unused_days.map(|days| used_at.plus_seconds(i64::from(days) * DAY_SECONDS))
    }
}
