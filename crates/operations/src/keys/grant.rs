//! Nobody grants more than they have.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::{Key, KeyKind};
use bailiwick_domain::network::Network;
use bailiwick_domain::reach::{REACH_IDS_MAX, Reach};
use bailiwick_domain::scope::Scope;

use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::input::{ERRORS_MAX, nearest};
use crate::listing::Listings;
use crate::spec::Access;

/// The most scopes of one key.
pub(super) const SCOPES_MAX: usize = 256;

/// Refuses scopes that there are not, and those that a kind of key cannot have.
pub(super) fn check_scopes<'a>(
    scopes: impl Iterator<Item = &'a Scope>,
    kind: KeyKind,
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
                None => errors.push(FieldError::new(field, unknown_scope(scope, listings))),
                Some(operation) if operation.spec.access == Access::Root && kind != KeyKind::Root => {
                    errors.push(FieldError::new(field, format!("{scope} is for root keys only")));
                }
                Some(_) => {}
            },
            Scope::Group { noun: Some(noun), .. } if !listings.nouns().contains(&noun.as_str()) => {
                errors.push(FieldError::new(field, unknown_scope(scope, listings)));
            }
            Scope::Group { .. } => {}
        }
    }
    errors
}

fn unknown_scope(scope: &Scope, listings: &Listings) -> String {
    let text = scope.to_string();
    let ids = listings.iter().map(|o| o.spec.id);
    let groups: Vec<String> = listings
        .nouns()
        .iter()
        .flat_map(|noun| ["read", "write", "*"].map(|class| format!("{noun}:{class}")))
        .collect();
    let near = nearest(&text, ids.chain(groups.iter().map(String::as_str)));
    let hint = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
    format!("there is no scope {text}; {hint}`GET /v1/permissions` lists them")
}

/// What a key touches, its own organization included.
fn full_reach(key: &Key) -> Reach {
    let mut reach = key.reach.clone();
    if let Some(organization) = key.organization_id {
        reach.organizations = Some([organization].into());
    }
    reach
}

fn networks_within(mine: &[Network], theirs: &[Network]) -> bool {
    theirs.is_empty() || (!mine.is_empty() && mine.iter().all(|m| theirs.iter().any(|t| m.is_within(t))))
}

impl Cx {
    /// Takes the limits of the caller over where `key` names none: until when it works, from
    /// where, how often.
    pub(super) fn lend_limits(&self, key: &mut Key) -> Result<()> {
        let own = self.key()?.key();
        if key.expires_at.is_none() {
            key.expires_at = own.expires_at;
        }
        if key.allowed_ips.is_empty() {
            key.allowed_ips.clone_from(&own.allowed_ips);
        }
        for network in &own.denied_ips {
            if !key.denied_ips.contains(network) {
                key.denied_ips.push(*network);
            }
        }
        if key.rate_limit.is_none() {
            key.rate_limit = own.rate_limit;
        }
        Ok(())
    }

    /// Refuses if `key` may do anything that the caller may not, or for longer, or from elsewhere,
    /// or more often.
    pub(super) fn require_no_more_than_own(&self, key: &Key) -> Result<()> {
        let caller = self.key()?;
        let own = caller.key();
        let mut errors = Vec::new();
        let mut exceeds = |field: String, detail: String| errors.push(FieldError::new(field, detail));
        if key.kind == KeyKind::Root && own.kind != KeyKind::Root {
            exceeds("kind".into(), "only a root key can have to do with root keys".into());
        }
        let class_of = |noun: &str, verb: &str| self.listings().class_of(noun, verb);
        for (n, scope) in key.scopes.iter().enumerate() {
            if !own.scopes.iter().any(|s| s.covers(scope, &class_of)) {
                exceeds(format!("scopes[{n}]"), format!("the calling key does not have {scope}"));
            }
        }
        if !full_reach(key).is_within(&caller.reach()) {
            exceeds("reach".into(), "it goes beyond the reach of the calling key".into());
        }
        if let Some(end) = own.expires_at
            && key.expires_at.is_none_or(|at| at > end)
        {
            exceeds("expires_at".into(), format!("the calling key itself expires at {end}"));
        }
        if !networks_within(&key.allowed_ips, &own.allowed_ips) {
            exceeds("allowed_ips".into(), "they go beyond those of the calling key".into());
        }
        if own.denied_ips.iter().any(|n| !key.denied_ips.iter().any(|k| n.is_within(k))) {
            exceeds("denied_ips".into(), "they leave out some of the calling key's".into());
        }
        if let Some(limit) = own.rate_limit
            && key.rate_limit.is_none_or(|r| !r.is_within(limit))
        {
            exceeds("rate_limit".into(), "it goes beyond that of the calling key".into());
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::GrantExceedsOwn(errors)) }
    }

    /// Refuses a reach that names what there is not, or that cannot be.
    pub(super) async fn check_reach(
        &self,
        organization: Option<OrganizationId>,
        reach: &Reach,
    ) -> Result<Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: String, detail: &str| errors.push(FieldError::new(field, detail));
        if reach.labels.as_ref().is_some_and(|selector| selector.is_empty()) {
            wrong("reach.labels".into(), "expected a requirement; leave it out to reach whatever the labels");
        }
        for (field, count) in [
            ("reach.organizations", reach.organizations.as_ref().map_or(0, |s| s.len())),
            ("reach.sites", reach.sites.as_ref().map_or(0, |s| s.len())),
            ("reach.nodes", reach.nodes.as_ref().map_or(0, |s| s.len())),
        ] {
            if count > REACH_IDS_MAX {
                wrong(field.into(), &format!("expected at most {REACH_IDS_MAX} ids; use labels for more"));
                return Ok(errors);
            }
        }
        match organization {
            Some(own) => {
                if reach.organizations.as_ref().is_some_and(|set| set.len() != 1 || !set.contains(&own)) {
                    wrong(
                        "reach.organizations".into(),
                        "an organization key reaches its own organization only",
                    );
                }
                let within = self.key()?.reach().within(own);
                let within = within.ok_or_else(|| Error::not_found("organization", own))?;
                if let Some(sites) = &reach.sites {
                    let found = self.store().sites(&within).existing(sites.iter().copied()).await?;
                    for (n, site) in sites.iter().enumerate().filter(|(_, site)| !found.contains(site)) {
                        wrong(format!("reach.sites[{n}]"), &format!("there is no site {site}"));
                    }
                }
                if let Some(nodes) = &reach.nodes {
                    let found = self.store().nodes(&within).existing(nodes.iter().copied()).await?;
                    for (n, node) in nodes.iter().enumerate().filter(|(_, node)| !found.contains(node)) {
                        wrong(format!("reach.nodes[{n}]"), &format!("there is no node {node}"));
                    }
                }
            }
            None => {
                for (n, id) in reach.organizations.iter().flatten().enumerate() {
                    if self.control().directory.by_id(*id).is_none() {
                        wrong(format!("reach.organizations[{n}]"), &format!("there is no organization {id}"));
                    }
                }
            }
        }
        Ok(errors)
    }
}
