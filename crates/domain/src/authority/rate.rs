//! Rate limits.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often something may be done: a token bucket of size `burst` that is refilled with `per_minute`
/// units a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// The units per minute in the long run. Most operations cost one unit.
    #[schemars(example = 600)]
    pub per_minute: NonZeroU32,
    /// The most units at once, after a pause; `per_minute` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = 60)]
    pub burst: Option<NonZeroU32>,
}

impl RateLimit {
    /// The size of the bucket.
    pub fn bucket(self) -> NonZeroU32 {
        self.burst.unwrap_or(self.per_minute)
    }

    /// Whether it allows no more than `other`.
    pub fn is_within(self, other: Self) -> bool {
        self.per_minute <= other.per_minute && self.bucket() <= other.bucket()
    }
}
