//! Rate limits.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often something may be done: a bucket of `burst` that is refilled at `per_minute`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Units a minute in the long run; most operations cost one.
    #[schemars(example = 600)]
    pub per_minute: NonZeroU32,
    /// The most units at once after a pause. The same as `per_minute` if absent.
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
