//! Explain in sentences what a key would be able to do.

use std::collections::BTreeSet;

use bailiwick_domain::command::CommandLimits;
use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::network::{NETWORKS_MAX, Network};
use bailiwick_domain::rate::RateLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::role::{NamedRole, RoleRef};
use bailiwick_domain::scope::Scope;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_engine::memory::people::Standing;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::{Access, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given_reach::GivenReach;
use super::grant::{SCOPES_MAX, check_scopes};
use super::limits::{TTL_MAX, expiry};
use super::named::{named_role, named_user};
use super::preview::covered;
use super::sentences::{Sentence, SentenceKind, commands, count, list, open_ended, rights, times_and_places};
use super::view::TAG;
use crate::ids;
use crate::names::name_of_actor;

/// The kinds of key that can be explained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ExplainedKind {
    /// Reaches every organization.
    Root,
    /// Belongs to one organization.
    #[default]
    Org,
}

/// Explain in sentences what a key would be able to do.
///
/// Takes the fields of `keys.create` that grant or limit something, and creates nothing. The rights are those that the
/// scopes, the role and the user leave together, and that the organization's policy does not withhold. Whether the caller
/// may create such a key is not asked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "scopes": ["sites:read"], "ttl_seconds": 86400 }]))]
pub(crate) struct ExplainKey {
    /// Its kind: `org` if absent.
    #[serde(default)]
    kind: ExplainedKind,
    /// The operations that it opens.
    #[schemars(length(max = SCOPES_MAX), example = ["sites:read"])]
    scopes: Vec<Scope>,
    /// The objects that it reaches; all of its organization if absent.
    reach: Option<GivenReach>,
    /// The user it acts for, by id or e-mail address.
    user: Option<UserRef>,
    /// A role that limits it: a built-in one, or the id or name of a custom role.
    role: Option<NamedRole>,
    /// It does not work before this time.
    not_before: Option<Timestamp>,
    /// It expires at this time. Not together with `ttl_seconds`.
    expires_at: Option<Timestamp>,
    /// The number of seconds from now until it expires.
    #[schemars(range(min = 1, max = TTL_MAX))]
    ttl_seconds: Option<i64>,
    /// It works only from these networks.
    #[serde(default)]
    #[schemars(length(max = NETWORKS_MAX))]
    allowed_ips: Vec<Network>,
    /// It never works from these networks, even where they are allowed.
    #[serde(default)]
    #[schemars(length(max = NETWORKS_MAX))]
    denied_ips: Vec<Network>,
    /// How often it may be used.
    rate_limit: Option<RateLimit>,
    /// Limits on its commands, in addition to its scopes and reach.
    command_limits: Option<CommandLimits>,
}

/// What a key would be able to do.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Explanation {
    /// Sentences in English: what it may do and may not, what it reaches, its limits, and warnings.
    sentences: Vec<Sentence>,
    /// How many operations it opens.
    operations: usize,
    /// How many nodes it reaches now; null for a root key.
    nodes: Option<i64>,
}

impl Operation for ExplainKey {
    const SPEC: Spec = Spec::ask(ids::KEYS_EXPLAIN, "/v1/keys/explain")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .costs(5);
    type Output = Explanation;

    async fn run(self, cx: &Cx) -> Result<Explanation> {
        let now = cx.now();
        let is_root = self.kind == ExplainedKind::Root;
        let organization = match (is_root, cx.organization()) {
            (true, _) => None,
            (false, Some(organization)) => Some(organization.id),
            (false, None) => return Err(Error::OrganizationRequired),
        };
        let mut errors = check_scopes(self.scopes.iter(), is_root, cx.listings());
        let own_reach = match self.reach.clone() {
            Some(given) => given.find(cx, organization, &mut errors).await?,
            None => Reach::EVERYTHING,
        };
        let user = named_user(cx, self.user.as_ref(), &mut errors).await?;
        let role = named_role(cx, organization, self.role.as_ref(), &mut errors).await?;
        let expires_at = expiry(self.expires_at, self.ttl_seconds, now)?;
        let Bounds { scopes, reach } = self.bounds(cx, organization, own_reach, (user, role), &mut errors);
        require_valid(errors)?;

        let mut may = may(cx, is_root, organization, &scopes);
        let policy =
            organization.and_then(|id| cx.control().directory().by_id(id)).map(|o| o.key_policy.clone());
        let is_limited = self.is_limited() || policy.as_ref().is_some_and(|policy| policy.ends_keys());
        let gave_access = is_limited && may.iter().any(|index| gives_access(cx, *index));
        if gave_access {
            may.retain(|index| !gives_access(cx, *index));
        }
        let mut sentences = rights(cx.listings(), &may, is_root);
        let nodes = match organization {
            Some(_) => Some(covered(cx, &reach).await?.nodes),
            None => None,
        };
        sentences.push(self.reached(&reach, nodes));
        sentences.extend(acts_for(cx, user, self.role.as_ref()));
        if gave_access {
            let text = "Gives no people access, because limits of this key would not apply to them.";
            sentences.push(Sentence::new(SentenceKind::MayNot, text.to_owned()));
        }
        let policy_end = policy.as_ref().and_then(|policy| policy.life_ends(now));
        let expires_at = expires_at.or(policy_end);
        let (allowed, denied) = (&self.allowed_ips, &self.denied_ips);
        sentences.extend(times_and_places(
            now,
            self.not_before,
            expires_at,
            allowed,
            denied,
            self.rate_limit,
        ));
        let gives =
            cx.listings().require(ids::COMMANDS_CREATE).is_ok_and(|listing| may.contains(&listing.index));
        sentences.extend(commands(self.command_limits.as_ref(), gives));
        sentences.extend(open_ended(self.scopes.iter()));
        sentences.sort_by_key(|sentence| sentence.kind);
        Ok(Explanation { sentences, operations: may.len(), nodes })
    }
}

impl ExplainKey {
    /// What the key's own fields, its role and its user leave.
    fn bounds(
        &self,
        cx: &Cx,
        organization: Option<OrganizationId>,
        own_reach: Reach,
        (user, role): (Option<UserId>, Option<RoleRef>),
        errors: &mut Vec<FieldError>,
    ) -> Bounds {
        let people = cx.control().people();
        let mut bounds = Bounds { scopes: vec![self.scopes.iter().cloned().collect()], reach: own_reach };
        if let (Some(role), Some(organization)) = (role, organization) {
            match people.held(role, organization) {
                Some(held) => bounds.narrow(held.scopes, &held.reach),
                None => errors.push(FieldError::new("role", format!("there is no role {role}"))),
            }
        }
        match user.map(|user| people.standing(user, organization)) {
            Some(Standing::Member(held)) => bounds.narrow(held.scopes, &held.reach),
            Some(Standing::Nobody) => {
                errors.push(FieldError::new("user", "there is no such user in the organization"));
            }
            Some(Standing::Administrator) | None => {}
        }
        bounds
    }

    /// Whether it has limits that would not apply to people.
    const fn is_limited(&self) -> bool {
        self.user.is_some()
            || self.role.is_some()
            || self.expires_at.is_some()
            || self.ttl_seconds.is_some()
            || !self.allowed_ips.is_empty()
            || !self.denied_ips.is_empty()
            || self.rate_limit.is_some()
            || self.command_limits.is_some()
    }

    /// The sentence about the objects in reach.
    fn reached(&self, reach: &Reach, nodes: Option<i64>) -> Sentence {
        let now = nodes.map(|nodes| format!(": {} now", count(nodes, "node"))).unwrap_or_default();
        if !reach.is_partial() {
            let all = if nodes.is_some() {
                "Reaches all of the organization"
            } else {
                "Reaches the organizations it names, or all"
            };
            return Sentence::new(SentenceKind::Reach, format!("{all}{now}."));
        }
        let mut parts = Vec::new();
        if let Some(sites) = &reach.sites {
            parts.push(format!("at {}", count(i64::try_from(sites.len()).unwrap_or(i64::MAX), "site")));
        }
        if let Some(labels) = &reach.labels {
            parts.push(format!("whose labels match `{labels}`"));
        }
        if let Some(nodes) = &reach.nodes {
            parts.push(format!("on {}", count(i64::try_from(nodes.len()).unwrap_or(i64::MAX), "named node")));
        }
        Sentence::new(SentenceKind::Reach, format!("Reaches only what is {}{now}.", list(&parts)))
    }
}

/// What a key's own fields, its role and its user leave of its rights.
struct Bounds {
    /// The sets of scopes of which each must cover an operation.
    scopes: Vec<BTreeSet<Scope>>,
    /// The objects that all of them reach.
    reach: Reach,
}

impl Bounds {
    fn narrow(&mut self, scopes: BTreeSet<Scope>, reach: &Reach) {
        self.scopes.push(scopes);
        self.reach = self.reach.and(reach);
    }
}

/// Whether an operation gives people access, which a key with limits that do not apply to people may not do.
fn gives_access(cx: &Cx, index: usize) -> bool {
    let giving = [ids::USERS_CREATE, ids::USERS_INVITE, ids::USERS_RESET_SECOND_FACTOR];
    giving.into_iter().any(|id| cx.listings().require(id).is_ok_and(|listing| listing.index == index))
}

/// The operations that all bounds cover, and that the organization's policy does not withhold.
fn may(
    cx: &Cx,
    is_root: bool,
    organization: Option<OrganizationId>,
    bounds: &[BTreeSet<Scope>],
) -> BTreeSet<usize> {
    let organization = organization.and_then(|id| cx.control().directory().by_id(id));
    let withheld = organization.as_ref().map(|o| &o.key_policy.withheld_scopes);
    let is_open = |spec: &Spec| {
        let subject = spec.subject();
        let permits = |scopes: &BTreeSet<Scope>| scopes.iter().any(|scope| scope.permits(subject));
        let needs_scope = spec.access == Access::Scoped || is_root && spec.access == Access::Root;
        needs_scope && bounds.iter().all(permits) && !withheld.is_some_and(permits)
    };
    cx.listings().iter().filter(|listing| is_open(listing.spec)).map(|listing| listing.index).collect()
}

/// The sentences about the user and the role.
fn acts_for(cx: &Cx, user: Option<UserId>, role: Option<&NamedRole>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    if let Some(user) = user {
        // Who may not list users gave an id, and learns no address for it.
        let name = name_of_actor(cx, &Actor::User { id: user }).unwrap_or_else(|| user.to_string());
        let text = format!(
            "Acts for {name}: has at most the rights of this person, and stops working when their access ends."
        );
        sentences.push(Sentence::new(SentenceKind::Limit, text));
    }
    if let Some(role) = role {
        let text = format!("Has at most the rights of the role {role}, also when the role changes.");
        sentences.push(Sentence::new(SentenceKind::Limit, text));
    }
    sentences
}
