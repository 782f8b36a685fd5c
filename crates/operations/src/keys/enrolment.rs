//! Enrolment keys: they enrol machines and open no operation.

use std::time::Duration;

use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::enrolment::{Enrolment as Enrols, USES_MAX};
use bailiwick_domain::key::{Actor, Key, KeyDigests, KeyKind, KeyText};
use bailiwick_domain::label::Labels;
use bailiwick_domain::node::Node;
use bailiwick_domain::organization::Organization;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::site::SiteRef;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::control::Control;
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::keyring::KeyEntry;
use crate::listing::Listings;

/// How long an enrolment key lives by default, in seconds: a day.
pub(super) const ENROL_TTL: i64 = 86_400;
/// The operations whose scopes the maker of an enrolment key needs.
const MAKES: [&str; 2] = ["agents.create", "nodes.create"];

/// The properties of the nodes that an enrolment key enrols.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct Enrolment {
    /// How many machines it enrols; one if absent.
    #[schemars(range(min = 1, max = USES_MAX))]
    uses: Option<u32>,
    /// The site of the nodes, by id or name.
    site: Option<SiteRef>,
    /// The labels of the nodes.
    #[serde(default)]
    labels: Labels,
}

impl Enrolment {
    /// Converts it to the form in which it is stored. Adds errors if it is invalid.
    pub(super) async fn read(self, cx: &Cx, errors: &mut Vec<FieldError>) -> Result<Enrols> {
        let uses = self.uses.unwrap_or(1);
        if !(1..=USES_MAX).contains(&uses) {
            let detail = format!("expected 1 to {USES_MAX} machines");
            errors.push(FieldError::new("enrolment.uses", detail));
        }
        let site_id = match &self.site {
            Some(named) => {
                let found = cx.store().sites(&cx.organization_reach()?).find(named).await?;
                if found.is_none() {
                    errors.push(FieldError::new("enrolment.site", format!("there is no site {named}")));
                }
                found.map(|site| site.id)
            }
            None => None,
        };
        Ok(Enrols { uses, used: 0, site_id, labels: self.labels })
    }
}

/// The scopes that a key implies without naming them.
pub(super) fn implied(key: &Key, listings: &Listings) -> Vec<Scope> {
    if key.kind != KeyKind::Enrol {
        return Vec::new();
    }
    MAKES.iter().filter_map(|id| Some(listings.get(id)?.spec.scope())).collect()
}

/// Refuses fields that keys of this kind do not have.
pub(super) fn refuse_surplus(kind: KeyKind, named: &[(&str, bool)]) -> Vec<FieldError> {
    let kind = kind.as_str();
    let surplus = named.iter().filter(|(_, is_named)| *is_named);
    surplus
        .map(|(field, _)| {
            FieldError::new(field, format!("expected no `{field}`: keys of kind {kind} have none"))
        })
        .collect()
}

impl KeyEntry {
    /// Whether its user, role and organization allow it to create a node and the node's agent.
    pub(crate) fn may_enrol(&self, node: &Node, listings: &Listings) -> bool {
        let authority = self.authority();
        let makes = MAKES.iter().all(|id| {
            listings.get(id).is_some_and(|listing| {
                let subject = listing.spec.subject();
                // The first set contains the key's own scopes, of which it has none.
                let bounds = authority.scopes.iter().skip(1);
                let within = bounds.clone().all(|set| set.iter().any(|scope| scope.permits(subject)));
                within && !authority.withheld.iter().any(|withheld| withheld.permits(subject))
            })
        });
        let reach: Option<OrganizationReach> = self.reach().within(node.organization_id);
        makes && reach.is_some_and(|reach| reach.touches_node(node.id, node.site_id, &node.labels))
    }
}

/// Makes a key that enrols one machine into the oldest organization.
pub(crate) async fn mint_local(control: &Control, ttl: Duration) -> Result<KeyText> {
    let organization = first_organization(control).await?;
    let now = control.clock.now();
    let text = KeyText::mint(KeyKind::Enrol, &*control.entropy);
    let seconds = i64::try_from(ttl.as_secs()).unwrap_or(ENROL_TTL).clamp(1, ENROL_TTL);
    let key = Key {
        id: text.id(),
        kind: KeyKind::Enrol,
        name: "The machine of the server".parse().map_err(Error::internal)?,
        description: None,
        organization_id: Some(organization.id),
        user: None,
        role: None,
        scopes: Default::default(),
        reach: Reach::EVERYTHING,
        not_before: None,
        expires_at: Some(now.plus_seconds(seconds)),
        disabled: None,
        allowed_ips: Vec::new(),
        denied_ips: Vec::new(),
        rate_limit: None,
        command_limits: None,
        enrolment: Some(Enrols { uses: 1, used: 0, site_id: None, labels: Labels::default() }),
        agent: None,
        created_at: now,
        created_by: Actor::System,
        updated_at: now,
        revision: Revision::FIRST,
        last_used: None,
        previous_secret_until: None,
    };
    let targets = vec![Target::new(super::view::NOUN, key.id)];
    let digests = KeyDigests { current: control.keyring.peppers().digest(&text), key, previous: None };
    let mut tx = control.store.begin().await?;
    tx.keys(&Reach::EVERYTHING).create(&digests).await?;
    tx.append_audit(Event {
        at: now,
        actor: Actor::System,
        organization_id: Some(organization.id),
        operation: "server.enrol_itself".into(),
        targets,
        outcome: Outcome::Allowed,
        reason: None,
        address: None,
        request_id: None,
    })
    .await?;
    let changes = tx.commit().await?;
    control.refresh(&changes).await?;
    Ok(text)
}

async fn first_organization(control: &Control) -> Result<Organization> {
    let all = control.store.organizations(&Reach::EVERYTHING).all().await?;
    let first = all.into_iter().min_by_key(|organization| (organization.created_at, organization.id));
    first.ok_or_else(|| Error::not_found("organization", "of the first start"))
}
