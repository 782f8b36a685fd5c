//! Names of objects that answers name by their ids, read for many at a time. Requests ask for them with `include`.
//!
//! A name is null if the caller may not read objects of that noun, or does not reach the object, or if it was deleted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::name::Name;
use bailiwick_domain::node::NodeName;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::memory::people::Standing;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_engine::shape::spec::Extent;
use bailiwick_store::names::NamedKind;

use crate::ids;
use crate::noun::{self, Noun};

/// An optional member that holds the name of an object. It is absent unless the request asked for it, and null if there is
/// no name to show.
pub(crate) type NameOf<T> = Option<Option<T>>;

/// The nouns whose objects an audit entry may name, with the kind of their names.
const KINDS: [(Noun, NamedKind); 9] = [
    (noun::KEY, NamedKind::Key),
    (noun::MAINTENANCE_WINDOW, NamedKind::MaintenanceWindow),
    (noun::NODE, NamedKind::Node),
    (noun::ROLE, NamedKind::Role),
    (noun::SCHEDULE, NamedKind::Schedule),
    (noun::SCRIPT, NamedKind::Script),
    (noun::SERVICE, NamedKind::Service),
    (noun::SITE, NamedKind::Site),
    (noun::USER, NamedKind::User),
];

/// The kind of the names of a noun's objects, if they have names.
pub(crate) fn named_kind(noun: Noun) -> Option<NamedKind> {
    KINDS.into_iter().find(|(known, _)| *known == noun).map(|(_, kind)| kind)
}

/// The ids, each once.
fn once<T: Ord>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    ids.into_iter().collect::<BTreeSet<T>>().into_iter().collect()
}

/// The names of some objects, by id.
pub(crate) struct Names<I, N>(HashMap<I, N>);

impl<I: Eq + Hash, N: Clone> Names<I, N> {
    /// The name of an object.
    pub(crate) fn of(&self, id: &I) -> Option<N> {
        self.0.get(id).cloned()
    }

    /// The member with the name of an object that another one may refer to.
    pub(crate) fn of_some(&self, id: Option<&I>) -> NameOf<N> {
        Some(id.and_then(|id| self.of(id)))
    }
}

/// The names of sites in reach.
pub(crate) async fn names_of_sites(
    cx: &Cx,
    reach: &OrganizationReach,
    ids: impl IntoIterator<Item = SiteId>,
) -> Result<Names<SiteId, Name>> {
    let ids = once(ids);
    if ids.is_empty() || !cx.may_read(noun::SITE.many) {
        return Ok(Names(HashMap::new()));
    }
    let sites = cx.store().sites(reach).all_of(&ids, &[]).await?;
    Ok(Names(sites.into_iter().map(|site| (site.id, site.name)).collect()))
}

/// The names of nodes in reach.
pub(crate) async fn names_of_nodes(
    cx: &Cx,
    reach: &OrganizationReach,
    ids: impl IntoIterator<Item = NodeId>,
) -> Result<Names<NodeId, NodeName>> {
    let ids = once(ids);
    if ids.is_empty() || !cx.may_read(noun::NODE.many) {
        return Ok(Names(HashMap::new()));
    }
    let nodes = cx.store().nodes(reach).names_of(&ids).await?;
    Ok(Names(nodes.into_iter().map(|node| (node.id, node.name)).collect()))
}

/// The names of objects of several nouns, each given by the noun's name for one object and an id. For callers that reach
/// whole organizations.
pub(crate) async fn names_of_all<'o>(
    cx: &Cx,
    objects: impl IntoIterator<Item = (&'o str, &'o str)>,
) -> Result<Names<(&'static str, String), String>> {
    let mut by_kind: BTreeMap<NamedKind, (Noun, BTreeSet<&str>)> = BTreeMap::new();
    for (one, id) in objects {
        if let Some((noun, kind)) = KINDS.into_iter().find(|(noun, _)| noun.one == one) {
            by_kind.entry(kind).or_insert_with(|| (noun, BTreeSet::new())).1.insert(id);
        }
    }
    let organization = cx.organization().map(|organization| organization.id);
    let mut names = HashMap::new();
    for (kind, (noun, ids)) in by_kind {
        if !cx.may_read(noun.many) {
            continue;
        }
        let ids: Vec<&str> = ids.into_iter().collect();
        let found = cx.store().names_of(kind, organization, &ids).await?;
        names.extend(found.into_iter().map(|(id, name)| ((noun.one, id), name)));
        if noun == noun::USER {
            // Server administrators are no members, but act in organizations.
            let others = ids.iter().filter_map(|id| id.parse().ok()).map(|id| Actor::User { id });
            for actor in others {
                if let (Actor::User { id }, Some(email)) = (&actor, name_of_actor(cx, &actor)) {
                    names.entry((noun.one, id.to_string())).or_insert(email);
                }
            }
        }
    }
    Ok(Names(names))
}

impl Names<(&'static str, String), String> {
    /// The name of an object of a noun.
    pub(crate) fn of_object(&self, one: &str, id: &str) -> Option<String> {
        let (noun, _) = KINDS.into_iter().find(|(noun, _)| noun.one == one)?;
        self.of(&(noun.one, id.to_owned()))
    }
}

/// A user's e-mail address, or a key's name. `None` for the server, for a caller without a credential, for somebody who was
/// deleted, and for somebody whom the caller could not find in the list of users or keys. Reads only the memory.
pub(crate) fn name_of_actor(cx: &Cx, actor: &Actor) -> Option<String> {
    let organization = cx.organization().map(|organization| organization.id);
    let is_above = cx.authority().is_ok_and(|own| own.require_extent(Extent::Everything).is_ok());
    let is_seen = |list: OperationId, is_of_organization: bool| {
        *actor == cx.actor() || (is_of_organization || is_above) && cx.require_operation(list).is_ok()
    };
    match actor {
        Actor::User { id } => {
            let people = cx.control().people();
            let is_member = matches!(people.standing(*id, organization), Standing::Member(_));
            let user = people.user(*id).filter(|_| is_seen(ids::USERS_LIST, is_member))?;
            Some(user.email.to_string())
        }
        Actor::Key { id } => {
            let entry = cx.control().keyring().get(*id)?;
            let is_own = entry.organization.is_some() && entry.organization == organization;
            is_seen(ids::KEYS_LIST, is_own).then(|| entry.key().name.to_string())
        }
        Actor::System | Actor::Anonymous => None,
    }
}
