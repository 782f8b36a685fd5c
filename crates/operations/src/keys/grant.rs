//! Granting scopes, reach and limits to a key: no caller can grant more than it has.

use bailiwick_domain::key::{Key, KeyKind};
use bailiwick_domain::network;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::scope_set::SCOPE_SETS;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result};
use bailiwick_engine::hint::Hint;
use bailiwick_engine::memory::people::Standing;
use bailiwick_engine::rights::authority::Heir;
use bailiwick_engine::shape::input::{ERRORS_MAX, nearest};
use bailiwick_engine::shape::listing::Listings;
use bailiwick_engine::shape::spec::Access;

use super::beyond::beyond_limits;
use super::enrolment::implied;
use crate::ids;

/// The most scopes of one key.
pub(crate) const SCOPES_MAX: usize = 256;

/// Refuses unknown scopes, and those that a kind of key cannot have.
pub(crate) fn check_scopes<'a>(
    scopes: impl Iterator<Item = &'a Scope>,
    is_root: bool,
    listings: &Listings,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (n, scope) in scopes.enumerate() {
        let field = format!("scopes[{n}]");
        if errors.len() == ERRORS_MAX {
            break;
        }
        if n >= SCOPES_MAX {
            errors.push(FieldError::new(field, format!("expected at most {SCOPES_MAX} scopes")));
            break;
        }
        match scope {
            Scope::Operation { noun, verb } => match listings.get(&format!("{noun}.{verb}")) {
                None => errors
                    .push(FieldError::new(field, unknown_scope(scope, listings)).with_hint(Hint::ListScopes)),
                Some(operation) if operation.spec.access == Access::Root && !is_root => {
                    errors.push(FieldError::new(field, format!("{scope} is for root keys only")));
                }
                Some(_) => {}
            },
            Scope::Group { noun: Some(noun), .. } if !listings.nouns().contains(&noun.as_str()) => {
                errors
                    .push(FieldError::new(field, unknown_scope(scope, listings)).with_hint(Hint::ListScopes));
            }
            Scope::Group { .. } | Scope::Set(_) => {}
        }
    }
    errors
}

fn unknown_scope(scope: &Scope, listings: &Listings) -> String {
    let text = scope.to_string();
    let ids = listings.iter().map(|o| o.spec.id.as_str());
    let groups: Vec<String> = listings
        .nouns()
        .iter()
        .flat_map(|noun| ["read", "write", "*"].map(|class| format!("{noun}:{class}")))
        .collect();
    let sets = SCOPE_SETS.iter().map(|set| set.name);
    let near = nearest(&text, ids.chain(groups.iter().map(String::as_str)).chain(sets));
    let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    format!("there is no scope {text}{near}")
}

/// A key's reach, including the limit to its own organization.
fn full_reach(key: &Key) -> Reach {
    let mut reach = key.reach.clone();
    if let Some(organization) = key.organization_id {
        reach.organizations = Some([organization].into());
    }
    reach
}

/// Lets a new key inherit the caller's limits where it has none of its own: expiry, networks, user,
/// role and command limits. A key without an expiry gets the longest life that the organization's
/// policy allows.
pub(super) fn lend_limits(cx: &Cx, key: &mut Key) -> Result<()> {
    let policy = cx.organization().map(|o| &o.key_policy);
    if key.expires_at.is_none() {
        let ends = [policy.and_then(|policy| policy.life_ends(key.created_at)), own_end(cx)];
        key.expires_at = ends.into_iter().flatten().min();
    }
    let Some(caller) = cx.key() else { return Ok(()) };
    let own = caller.key();
    if key.allowed_ips.is_empty() {
        key.allowed_ips.clone_from(&own.allowed_ips);
    }
    for network in &own.denied_ips {
        if !key.denied_ips.contains(network) {
            key.denied_ips.push(*network);
        }
    }
    if let Some(limits) = &own.command_limits {
        key.command_limits.get_or_insert_default().lend(limits);
    }
    key.user = key.user.or(own.user);
    if key.organization_id.is_some() {
        key.role = key.role.or(own.role);
    }
    Ok(())
}

/// When the calling key stops working, by its own expiry or its organization's policy.
pub(super) fn own_end(cx: &Cx) -> Option<Timestamp> {
    let own = cx.key()?.key();
    let organization = own.organization_id.and_then(|id| cx.control().directory().by_id(id));
    let policy = organization.and_then(|o| o.key_policy.life_ends(own.created_at));
    [own.expires_at, policy].into_iter().flatten().min()
}

/// Errors for scopes and a reach that go beyond the caller's own.
pub(crate) fn exceeding<'a>(
    cx: &Cx,
    scopes: impl Iterator<Item = &'a Scope>,
    reach: &Reach,
    heir: Heir,
) -> Result<Vec<FieldError>> {
    let authority = cx.authority()?;
    let mut errors = Vec::new();
    for (n, scope) in scopes.enumerate() {
        if !authority.covers(scope, heir, cx.listings()) {
            errors.push(FieldError::new(format!("scopes[{n}]"), format!("the caller does not have {scope}")));
        }
    }
    if !reach.is_within(&authority.reach) {
        errors.push(FieldError::new("reach", "expected a reach within that of the caller"));
    }
    Ok(errors)
}

/// Refuses if `key` may do anything that the caller may not, or for longer, or from other
/// addresses, or more often.
pub(crate) fn require_no_more_than_own(cx: &Cx, key: &Key) -> Result<()> {
    // An agent receives commands, and the secrets of the programs that it runs.
    if key.kind == KeyKind::Agent {
        cx.require_operation(ids::AGENTS_UPDATE)?;
    }
    let mut errors = Vec::new();
    if key.kind == KeyKind::Root && !cx.is_root() {
        errors.push(FieldError::new(
            "kind",
            "only a root key or a server administrator may create or change root keys",
        ));
    }
    errors.extend(exceeding(cx, key.scopes.iter(), &full_reach(key), Heir::Key)?);
    let implied = implied(key, cx.listings());
    for error in exceeding(cx, implied.iter(), &full_reach(key), Heir::Key)? {
        errors.push(FieldError::new("kind", error.detail));
    }
    if let Some(caller) = cx.key() {
        errors.extend(beyond_limits(key, caller.key(), own_end(cx)));
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::GrantExceedsOwn(errors)) }
}

/// Errors in the user and the role of a key.
pub(super) fn check_user_and_role(cx: &Cx, key: &Key) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let people = cx.control().people();
    if let Some(role) = key.role {
        match key.organization_id {
            None => errors.push(FieldError::new("role", "a root key cannot have a role")),
            Some(id) if people.held(role, id).is_none() => {
                errors.push(FieldError::new("role", format!("there is no role {role}")));
            }
            Some(_) => {}
        }
    }
    if let Some(user) = key.user {
        match (people.standing(user, key.organization_id), key.organization_id) {
            (Standing::Administrator, _) if cx.is_root() => {}
            (Standing::Member(_), _) => {}
            (_, Some(_)) => {
                errors.push(FieldError::new("user", format!("there is no user {user} in the organization")));
            }
            (_, None) => {
                errors.push(FieldError::new("user", "expected a server administrator for a root key"));
            }
        }
    }
    errors
}

/// Errors if the policy of its organization does not allow a key.
pub(super) fn check_policy(cx: &Cx, key: &Key) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Some(organization) = key.organization_id.and_then(|id| cx.control().directory().by_id(id)) else {
        return errors;
    };
    if key.kind == KeyKind::Agent {
        return errors;
    }
    let policy = &organization.key_policy;
    if let Some(end) = policy.life_ends(key.created_at)
        && key.expires_at.is_none_or(|at| at > end)
    {
        let detail = format!("the organization's policy requires that the key expires by {end}");
        errors.push(FieldError::new("expires_at", detail));
    }
    let class_of = |noun: &str, verb: &str| cx.listings().class_of(noun, verb);
    for (n, scope) in key.scopes.iter().enumerate() {
        if policy.withheld_scopes.iter().any(|withheld| withheld.covers(scope, &class_of)) {
            let detail = format!("the organization's policy does not allow {scope} for keys");
            errors.push(FieldError::new(format!("scopes[{n}]"), detail));
        }
    }
    for scope in implied(key, cx.listings()) {
        if policy.withheld_scopes.iter().any(|withheld| withheld.covers(&scope, &class_of)) {
            let detail = format!("the organization's policy does not allow {scope} for keys");
            errors.push(FieldError::new("kind", detail));
        }
    }
    if policy.require_allowed_ips && !network::are_a_place(&key.allowed_ips) {
        let detail = "the organization's policy requires networks, none of them wider than a /8 (IPv4) or a /16 (IPv6)";
        errors.push(FieldError::new("allowed_ips", detail));
    }
    errors
}
