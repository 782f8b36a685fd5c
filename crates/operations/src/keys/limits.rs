//! Checks of a key's times, networks and limits, as requested by a client.

use std::collections::BTreeSet;

use bailiwick_domain::command::{LISTED_MAX, TARGETS_MAX};
use bailiwick_domain::key::Key as KeyRecord;
use bailiwick_domain::network::NETWORKS_MAX;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, FieldError, Result};

/// The longest time to live, in seconds: a hundred years.
pub(super) const TTL_MAX: i64 = 3_155_760_000;

/// The highest rate per minute and the largest burst. Higher ones would limit nothing, and the time of
/// one unit multiplied by the size of the bucket must fit into 64 bits of nanoseconds.
const PER_MINUTE_MAX: u32 = 1_000_000;
const BURST_MAX: u32 = 1_000_000;

/// Errors in the times, networks and limits of a key.
pub(super) fn check_limits(key: &KeyRecord, now: Timestamp) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if key.expires_at.is_some_and(|at| at <= now) {
        errors.push(FieldError::new("expires_at", format!("expected a time in the future; it is {now}")));
    }
    if let (Some(begin), Some(end)) = (key.not_before, key.expires_at)
        && begin >= end
    {
        errors.push(FieldError::new("not_before", "expected a time before `expires_at`"));
    }
    if let Some(limit) = key.rate_limit {
        if limit.per_minute.get() > PER_MINUTE_MAX {
            errors
                .push(FieldError::new("rate_limit.per_minute", format!("expected at most {PER_MINUTE_MAX}")));
        }
        if limit.bucket().get() > BURST_MAX {
            errors.push(FieldError::new("rate_limit.burst", format!("expected at most {BURST_MAX}")));
        }
    }
    for (field, networks) in [("allowed_ips", &key.allowed_ips), ("denied_ips", &key.denied_ips)] {
        if networks.len() > NETWORKS_MAX {
            errors.push(FieldError::new(field, format!("expected at most {NETWORKS_MAX} networks")));
        }
    }
    if let Some(limits) = &key.command_limits {
        if limits.most_targets.is_some_and(|most| !(1..=TARGETS_MAX).contains(&(most as usize))) {
            errors
                .push(FieldError::new("command_limits.most_targets", format!("expected 1 to {TARGETS_MAX}")));
        }
        let counts = [
            ("shells", limits.shells.as_ref().map(BTreeSet::len)),
            ("scripts", limits.scripts.as_ref().map(BTreeSet::len)),
        ];
        for (field, count) in counts {
            if count.is_some_and(|count| count > LISTED_MAX) {
                let detail = format!("expected at most {LISTED_MAX}");
                errors.push(FieldError::new(format!("command_limits.{field}"), detail));
            }
        }
    }
    errors
}

/// When a key expires, from either of the two fields for it.
pub(super) fn expiry(
    expires_at: Option<Timestamp>,
    ttl_seconds: Option<i64>,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    match (expires_at, ttl_seconds) {
        (Some(_), Some(_)) => {
            Err(Error::invalid("ttl_seconds", "expected either `expires_at` or `ttl_seconds`"))
        }
        (Some(at), None) => Ok(Some(at)),
        (None, Some(ttl)) if (1..=TTL_MAX).contains(&ttl) => Ok(Some(now.plus_seconds(ttl))),
        (None, Some(_)) => Err(Error::invalid("ttl_seconds", format!("expected 1 to {TTL_MAX} seconds"))),
        (None, None) => Ok(None),
    }
}
