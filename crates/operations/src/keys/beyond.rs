//! Refuses rights for another key or a person that would go beyond the calling key's own limits: its user,
//! role, expiry, networks, rate limit and command limits.

use bailiwick_domain::key::{Key, Narrowing};
use bailiwick_domain::network::Network;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};

fn networks_within(mine: &[Network], theirs: &[Network]) -> bool {
    theirs.is_empty() || (!mine.is_empty() && mine.iter().all(|m| theirs.iter().any(|t| m.is_within(t))))
}

/// Why `key` would be less limited than the calling key `own` in one respect; `None` if it would not.
fn beyond(narrowing: Narrowing, key: &Key, own: &Key, own_end: Option<Timestamp>) -> Option<String> {
    match narrowing {
        // `Cx::exceeding` compares these, because the role, the user and the policy matter too.
        Narrowing::Scopes | Narrowing::Reach => None,
        // It has passed, or the calling key would not work.
        Narrowing::NotBefore => None,
        // It applies to every key of the organization.
        Narrowing::KeyPolicy => None,
        Narrowing::User => (own.user.is_some() && key.user != own.user)
            .then(|| "the calling key acts for a user: expected a key that acts for the same user".into()),
        Narrowing::Role => (own.role.is_some() && key.role != own.role)
            .then(|| "the calling key acts in a role: expected a key that acts in the same role".into()),
        Narrowing::ExpiresAt => {
            let end = own_end?;
            key.expires_at
                .is_none_or(|at| at > end)
                .then(|| format!("expected a time not later than {end}, when the calling key expires"))
        }
        Narrowing::AllowedIps => (!networks_within(&key.allowed_ips, &own.allowed_ips))
            .then(|| "expected networks within those of the calling key".into()),
        Narrowing::DeniedIps => own
            .denied_ips
            .iter()
            .any(|network| !key.denied_ips.iter().any(|denied| network.is_within(denied)))
            .then(|| "expected all denied networks of the calling key".into()),
        Narrowing::RateLimit => {
            let limit = own.rate_limit?;
            if key.id != own.id {
                let detail = "the calling key has a rate limit: it cannot create, change, enable or rotate \
                              another key, because each key has a rate of its own";
                return Some(detail.into());
            }
            key.rate_limit
                .is_none_or(|rate| !rate.is_within(limit))
                .then(|| "expected a rate limit within that of the calling key".into())
        }
        Narrowing::CommandLimits => {
            let limits = own.command_limits.as_ref()?;
            (!key.command_limits.as_ref().is_some_and(|limited| limits.covers(limited)))
                .then(|| "expected command limits within those of the calling key".into())
        }
    }
}

/// Errors if a key would work longer, from other addresses, more often or for another user than the
/// calling key.
pub(super) fn beyond_limits(key: &Key, own: &Key, own_end: Option<Timestamp>) -> Vec<FieldError> {
    let each = Narrowing::ALL.into_iter();
    each.filter_map(|narrowing| {
        Some(FieldError::new(narrowing.as_str(), beyond(narrowing, key, own, own_end)?))
    })
    .collect()
}

/// The limits of the calling key that would not apply to a person.
fn lost_on_people(cx: &Cx) -> Vec<Narrowing> {
    let Some(caller) = cx.key() else { return Vec::new() };
    let key = caller.key();
    let organization = key.organization_id.and_then(|id| cx.control().directory().by_id(id));
    let has_end_by_policy = organization.is_some_and(|organization| organization.key_policy.ends_keys());
    Narrowing::ALL
        .into_iter()
        .filter(|narrowing| !narrowing.holds_for_people())
        .filter(|narrowing| match narrowing {
            Narrowing::KeyPolicy => has_end_by_policy,
            own => key.is_narrowed_by(*own),
        })
        .collect()
}

/// Refuses to give people access if the calling key has limits that do not apply to people: they
/// would get without the limit what the key only has within it. The error names these limits.
pub(crate) fn require_may_give_people_access(cx: &Cx) -> Result<()> {
    let lost = lost_on_people(cx);
    if lost.is_empty() {
        return Ok(());
    }
    let detail = "this limit of the calling key would not apply to a user: use a key without this \
                  limit, or log in";
    Err(Error::GrantExceedsOwn(
        lost.into_iter().map(|narrowing| FieldError::new(narrowing.as_str(), detail)).collect(),
    ))
}
