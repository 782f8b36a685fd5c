//! References to an object that is to be deleted, or merged into another: keys, roles, schedules and maintenance
//! windows that name it by its id.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, OrganizationId, ScheduleId, ScriptId, SiteId, UserId};
use bailiwick_domain::key::{Actor, Key, KeyId, KeyKind};
use bailiwick_domain::maintenance_window::MaintenanceWindow;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::role::Role;
use bailiwick_domain::schedule::{Schedule, Work};
use bailiwick_domain::script::ScriptRef;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_store::maintenance_windows::MaintenanceWindows;
use bailiwick_store::{MaintenanceWindowFilter, Run, Tx, keys, roles, schedules};

use crate::ids;
use crate::noun::{self, Noun};

/// Kinds of reference to an object. Every deletion must handle all of them; the tests go through this
/// list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Referrer {
    /// The reach of a key.
    KeyReach,
    /// The site in which an enrolment key creates nodes.
    KeyEnrolment,
    /// The command limits of a key.
    KeyCommandLimits,
    /// The user that a key acts for.
    KeyUser,
    /// The role that a key acts in.
    KeyRole,
    /// The role that a user has in an organization.
    MembershipRole,
    /// The reach of a role.
    RoleReach,
    /// The targets of a schedule.
    ScheduleTargets,
    /// The script that a schedule runs.
    ScheduleScript,
    /// The key or user that a schedule runs as.
    ScheduleOwner,
    /// The targets of a maintenance window.
    WindowTargets,
    /// The site of a node.
    NodeSite,
    /// The host of a node.
    NodeHost,
    /// The nodes that a service runs on.
    ServiceNodes,
    /// The node that an agent runs on.
    AgentNode,
    /// The nodes and services that an agent observes.
    AgentObserves,
}

impl Referrer {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::KeyReach,
        Self::KeyEnrolment,
        Self::KeyCommandLimits,
        Self::KeyUser,
        Self::KeyRole,
        Self::MembershipRole,
        Self::RoleReach,
        Self::ScheduleTargets,
        Self::ScheduleScript,
        Self::ScheduleOwner,
        Self::WindowTargets,
        Self::NodeSite,
        Self::NodeHost,
        Self::ServiceNodes,
        Self::AgentNode,
        Self::AgentObserves,
    ];

    /// The nouns of the objects that it can refer to.
    pub const fn nouns(self) -> &'static [Noun] {
        match self {
            Self::KeyReach => &[noun::ORGANIZATION, noun::SITE, noun::NODE],
            Self::KeyEnrolment | Self::NodeSite => &[noun::SITE],
            Self::KeyCommandLimits | Self::ScheduleScript => &[noun::SCRIPT],
            Self::KeyUser => &[noun::USER],
            Self::KeyRole | Self::MembershipRole => &[noun::ROLE],
            Self::RoleReach | Self::ScheduleTargets | Self::WindowTargets => &[noun::SITE, noun::NODE],
            Self::ScheduleOwner => &[noun::KEY, noun::USER],
            Self::NodeHost | Self::ServiceNodes | Self::AgentNode => &[noun::NODE],
            Self::AgentObserves => &[noun::NODE, noun::SERVICE],
        }
    }
}

/// An object that is to be deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Object {
    Organization(OrganizationId),
    Site(SiteId),
    Node(NodeId),
    Script(ScriptId),
    User(UserId),
    Key(KeyId),
}

/// What a forced deletion does to something that refers to the object.
enum Without<T> {
    /// Nothing: it does not refer to the object.
    Same,
    /// It is deleted too, because nothing would be left of it, or it would reach more without the
    /// object.
    Goes,
    /// It stays, in this changed form.
    Stays(T),
}

/// The list without one of its members; `None` if the list does not contain it.
fn list_without<T: Ord + Copy>(
    list: Option<&std::collections::BTreeSet<T>>,
    gone: T,
) -> Option<std::collections::BTreeSet<T>> {
    let mut rest = list.filter(|list| list.contains(&gone))?.clone();
    rest.remove(&gone);
    // An empty list is kept: it reaches nothing, whereas no list reaches everything.
    Some(rest)
}

/// The reach with one node in place of another; `None` if it does not name that node.
fn reach_moved(reach: &Reach, from: NodeId, into: NodeId) -> Option<Reach> {
    let mut nodes = list_without(reach.nodes.as_ref(), from)?;
    nodes.insert(into);
    Some(Reach { nodes: Some(nodes), ..reach.clone() })
}

fn reach_without(reach: &Reach, object: Object) -> Option<Reach> {
    let mut rest = reach.clone();
    match object {
        Object::Organization(id) => {
            rest.organizations = Some(list_without(reach.organizations.as_ref(), id)?)
        }
        Object::Site(id) => rest.sites = Some(list_without(reach.sites.as_ref(), id)?),
        Object::Node(id) => rest.nodes = Some(list_without(reach.nodes.as_ref(), id)?),
        Object::Script(_) | Object::User(_) | Object::Key(_) => return None,
    }
    Some(rest)
}

fn key_without(key: &Key, object: Object) -> Without<Key> {
    match object {
        Object::User(id) if key.user == Some(id) => Without::Goes,
        // Without its site, the key would enrol machines anywhere.
        Object::Site(id) if key.enrolment.as_ref().is_some_and(|enrolment| enrolment.site_id == Some(id)) => {
            Without::Goes
        }
        Object::Script(id) => {
            let listed = key.command_limits.as_ref().and_then(|limits| limits.scripts.as_ref());
            if !listed.is_some_and(|listed| listed.iter().any(|pin| pin.id == id)) {
                return Without::Same;
            }
            let mut key = key.clone();
            let listed = key.command_limits.as_mut().and_then(|limits| limits.scripts.as_mut());
            listed.into_iter().for_each(|listed| listed.retain(|pin| pin.id != id));
            Without::Stays(key)
        }
        _ => match reach_without(&key.reach, object) {
            // An agent's key is deleted with the agent, and the agent with its node.
            Some(_) if key.kind == KeyKind::Agent => Without::Same,
            Some(reach) => Without::Stays(Key { reach, ..key.clone() }),
            None => Without::Same,
        },
    }
}

fn schedule_without(schedule: &Schedule, object: Object) -> Without<Schedule> {
    if let (Object::Script(id), Work::Script { script: ScriptRef::Id(used), .. }) = (object, &schedule.run)
        && *used == id
    {
        return Without::Goes;
    }
    match targets_without(&schedule.targets, object) {
        Without::Same => Without::Same,
        Without::Goes => Without::Goes,
        Without::Stays(targets) => Without::Stays(Schedule { targets, ..schedule.clone() }),
    }
}

/// Targets whose names were replaced by ids, without an object. They go with their site or host, because they would
/// mean more nodes without it.
fn targets_without(targets: &Targets, object: Object) -> Without<Targets> {
    match object {
        Object::Site(id) if targets.site == Some(SiteRef::Id(id)) => Without::Goes,
        Object::Node(id) if targets.host == Some(NodeRef::Id(id)) => Without::Goes,
        Object::Node(id) => match targets.nodes.as_deref() {
            Some(nodes) if nodes.contains(&NodeRef::Id(id)) => {
                let rest: Vec<_> = nodes.iter().filter(|node| **node != NodeRef::Id(id)).cloned().collect();
                if rest.is_empty() {
                    return Without::Goes;
                }
                Without::Stays(Targets { nodes: Some(rest), ..targets.clone() })
            }
            _ => Without::Same,
        },
        _ => Without::Same,
    }
}

/// Targets with one node in place of another; `None` if they do not name that node.
fn targets_moved(targets: &Targets, from: NodeId, into: NodeId) -> Option<Targets> {
    let (from, into) = (NodeRef::Id(from), NodeRef::Id(into));
    let mut moved = targets.clone();
    let is_host = moved.host.as_ref() == Some(&from);
    if is_host {
        moved.host = Some(into.clone());
    }
    let is_listed = match &mut moved.nodes {
        Some(nodes) if nodes.contains(&from) => {
            nodes.retain(|node| *node != into);
            nodes.iter_mut().filter(|node| **node == from).for_each(|node| *node = into.clone());
            true
        }
        _ => false,
    };
    (is_host || is_listed).then_some(moved)
}

/// All maintenance windows of an organization.
async fn windows_of<R: Run>(run: R, organization: OrganizationId) -> Result<Vec<MaintenanceWindow>> {
    let whole = OrganizationReach::whole(organization);
    Ok(MaintenanceWindows::new(run, &whole).all(&MaintenanceWindowFilter::default()).await?)
}

/// A window that covers other nodes.
fn with_targets(window: &MaintenanceWindow, targets: Targets) -> MaintenanceWindow {
    let mut changed = window.clone();
    changed.set_targets(targets);
    changed
}

/// The keys, roles, schedules and maintenance windows that refer to an object, each with its form after a forced
/// deletion; `None` if it is deleted too.
#[derive(Default)]
pub(crate) struct Uses {
    keys: Vec<(Key, Option<Key>)>,
    roles: Vec<(Role, Role)>,
    schedules: Vec<(Schedule, Option<Schedule>)>,
    windows: Vec<(MaintenanceWindow, Option<MaintenanceWindow>)>,
}

impl Uses {
    /// Finds the references to an object of an organization. Without an organization: the references to
    /// an organization itself, or to a user in all organizations. Root keys are only included for
    /// callers above organizations; nobody else knows of them. A root key that is left out keeps the
    /// id, which then reaches nothing.
    pub(crate) async fn find<R: Run>(
        cx: &Cx,
        mut run: R,
        organization: Option<OrganizationId>,
        object: Object,
    ) -> Result<Self> {
        let mut uses = Self::default();
        let named = match object {
            Object::Organization(id) => Some(id.to_string()),
            Object::Site(id) => Some(id.to_string()),
            Object::Node(id) => Some(id.to_string()),
            Object::Script(id) => Some(id.to_string()),
            Object::User(_) | Object::Key(_) => None,
        };
        let mut found = Vec::new();
        if let Object::User(id) = object {
            found = keys::acting_for(&mut run, id, organization).await?;
        } else if let Object::Key(id) = object {
            // A stolen agent key may have been used to get a key for another machine, as a clone.
            uses.keys.extend(keys::of_clones(&mut run, id).await?.into_iter().map(|key| (key, None)));
        } else if let Some(text) = &named {
            if organization.is_some() {
                found = keys::naming(&mut run, organization, text).await?;
            }
            if cx.is_root() {
                found.extend(keys::naming(&mut run, None, text).await?);
            }
        }
        for key in found {
            match key_without(&key, object) {
                Without::Same => {}
                Without::Goes => uses.keys.push((key, None)),
                Without::Stays(rest) => uses.keys.push((key, Some(rest))),
            }
        }
        if let (Some(organization), Object::Site(_) | Object::Node(_)) = (organization, object) {
            for role in roles::all_of(&mut run, organization).await? {
                if let Some(reach) = reach_without(&role.reach, object) {
                    uses.roles.push((role.clone(), Role { reach, ..role }));
                }
            }
        }
        if let (Some(organization), Some(text)) = (organization, named) {
            for schedule in schedules::naming(&mut run, organization, &text).await? {
                match schedule_without(&schedule, object) {
                    Without::Same => {}
                    Without::Goes => uses.schedules.push((schedule, None)),
                    Without::Stays(rest) => uses.schedules.push((schedule, Some(rest))),
                }
            }
        }
        if let (Some(organization), Object::Site(_) | Object::Node(_)) = (organization, object) {
            for window in windows_of(&mut run, organization).await? {
                match targets_without(&window.targets(), object) {
                    Without::Same => {}
                    Without::Goes => uses.windows.push((window, None)),
                    Without::Stays(targets) => {
                        let rest = with_targets(&window, targets);
                        uses.windows.push((window, Some(rest)));
                    }
                }
            }
        }
        let mut owners: Vec<Actor> = match object {
            Object::User(id) => vec![Actor::User { id }],
            Object::Key(id) => vec![Actor::Key { id }],
            _ => Vec::new(),
        };
        owners.extend(
            uses.keys.iter().filter(|(_, rest)| rest.is_none()).map(|(key, _)| Actor::Key { id: key.id }),
        );
        uses.add_schedules_of(run, organization, &owners).await?;
        Ok(uses)
    }

    /// The references to a node, each replaced by one to the node into which it is merged. As for deletions, root
    /// keys are only included for callers above organizations.
    pub(crate) async fn moving<R: Run>(
        cx: &Cx,
        mut run: R,
        organization: OrganizationId,
        from: NodeId,
        into: NodeId,
    ) -> Result<Self> {
        let mut uses = Self::default();
        let text = from.to_string();
        let mut keys = keys::naming(&mut run, Some(organization), &text).await?;
        if cx.is_root() {
            keys.extend(keys::naming(&mut run, None, &text).await?);
        }
        for key in keys {
            if let Some(reach) = reach_moved(&key.reach, from, into) {
                uses.keys.push((key.clone(), Some(Key { reach, ..key })));
            }
        }
        for role in roles::all_of(&mut run, organization).await? {
            if let Some(reach) = reach_moved(&role.reach, from, into) {
                uses.roles.push((role.clone(), Role { reach, ..role }));
            }
        }
        for schedule in schedules::naming(&mut run, organization, &text).await? {
            let Some(targets) = targets_moved(&schedule.targets, from, into) else { continue };
            let moved = Schedule { targets, ..schedule.clone() };
            uses.schedules.push((schedule, Some(moved)));
        }
        for window in windows_of(&mut run, organization).await? {
            if let Some(targets) = targets_moved(&window.targets(), from, into) {
                let moved = with_targets(&window, targets);
                uses.windows.push((window, Some(moved)));
            }
        }
        Ok(uses)
    }

    /// The keys, each with its form afterwards; `None` if it is deleted.
    pub(crate) fn keys(&self) -> &[(Key, Option<Key>)] {
        &self.keys
    }

    /// The roles, each with its form afterwards.
    pub(crate) fn roles(&self) -> &[(Role, Role)] {
        &self.roles
    }

    /// The schedules, each with its form afterwards; `None` if it is deleted.
    pub(crate) fn schedules(&self) -> &[(Schedule, Option<Schedule>)] {
        &self.schedules
    }

    /// The maintenance windows, each with its form afterwards; `None` if it is deleted.
    pub(crate) fn windows(&self) -> &[(MaintenanceWindow, Option<MaintenanceWindow>)] {
        &self.windows
    }

    /// Changes the objects. Unused invitations of users with one of the roles become invalid, as with every change of
    /// a role's reach.
    pub(crate) async fn move_all(self, cx: &Cx, tx: &mut Tx) -> Result<()> {
        for (role, _) in &self.roles {
            tx.roles(&OrganizationReach::whole(role.organization_id)).void_invitations(role.id).await?;
        }
        self.release(cx, tx).await
    }

    /// The schedules owned by these keys, which are deleted with the keys.
    pub(crate) async fn of_owners<R: Run>(
        run: R,
        organization: OrganizationId,
        owners: impl IntoIterator<Item = KeyId>,
    ) -> Result<Self> {
        let mut uses = Self::default();
        let owners: Vec<_> = owners.into_iter().map(|id| Actor::Key { id }).collect();
        uses.add_schedules_of(run, Some(organization), &owners).await?;
        Ok(uses)
    }

    async fn add_schedules_of<R: Run>(
        &mut self,
        run: R,
        organization: Option<OrganizationId>,
        owners: &[Actor],
    ) -> Result<()> {
        let known: Vec<ScheduleId> = self.schedules.iter().map(|(schedule, _)| schedule.id).collect();
        for schedule in schedules::owned_by(run, owners).await? {
            let is_there = organization.is_none_or(|organization| schedule.organization_id == organization);
            if is_there && !known.contains(&schedule.id) {
                self.schedules.push((schedule, None));
            }
        }
        Ok(())
    }

    /// Refuses callers that reach only a part of the organization, because keys, roles, schedules and maintenance
    /// windows belong to the whole organization.
    pub(crate) fn require_reach(&self, reach: &OrganizationReach) -> Result<()> {
        if reach.is_partial() && !self.dependants().is_empty() {
            let detail = "keys, roles, schedules or maintenance windows depend on this object, and they belong to \
                          the whole organization";
            return Err(Error::ReachTooNarrow(detail));
        }
        Ok(())
    }

    /// The references, as the caller sees them.
    pub(crate) fn dependants(&self) -> Vec<Dependants> {
        let keys = |goes: bool| {
            let all = self.keys.iter().filter(|(_, rest)| rest.is_none() == goes);
            all.map(|(key, _)| Dependant::new(key.id, &key.name)).collect::<Vec<_>>().into_iter()
        };
        let schedules = |goes: bool| {
            let all = self.schedules.iter().filter(|(_, rest)| rest.is_none() == goes);
            all.map(|(schedule, _)| Dependant::new(schedule.id, &schedule.name))
                .collect::<Vec<_>>()
                .into_iter()
        };
        let roles = self.roles.iter().map(|(role, _)| Dependant::new(role.id, &role.name));
        let windows = |goes: bool| {
            let all = self.windows.iter().filter(|(_, rest)| rest.is_none() == goes);
            all.map(|(window, _)| Dependant::new(window.id, &window.name)).collect::<Vec<_>>().into_iter()
        };
        [
            noun::KEY.dependants(Effect::Deleted, keys(true)),
            noun::KEY.dependants(Effect::Detached, keys(false)),
            noun::ROLE.dependants(Effect::Detached, roles),
            noun::SCHEDULE.dependants(Effect::Deleted, schedules(true)),
            noun::SCHEDULE.dependants(Effect::Detached, schedules(false)),
            noun::MAINTENANCE_WINDOW.dependants(Effect::Deleted, windows(true)),
            noun::MAINTENANCE_WINDOW.dependants(Effect::Detached, windows(false)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The changed and deleted objects, for the audit trail.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        let keys = self.keys.iter().map(|(key, _)| noun::KEY.target(key.id));
        let roles = self.roles.iter().map(|(role, _)| noun::ROLE.target(role.id));
        let schedules = self.schedules.iter().map(|(schedule, _)| noun::SCHEDULE.target(schedule.id));
        let windows = self.windows.iter().map(|(window, _)| noun::MAINTENANCE_WINDOW.target(window.id));
        keys.chain(roles).chain(schedules).chain(windows).take(AUDIT_TARGETS_MAX)
    }

    /// Deletes the objects that go with a forced deletion, and removes the reference from the others.
    /// The caller needs the same scopes as for doing so directly.
    pub(crate) async fn release(self, cx: &Cx, tx: &mut Tx) -> Result<()> {
        let now = cx.now();
        for (schedule, rest) in self.schedules {
            let reach = OrganizationReach::whole(schedule.organization_id);
            let from = schedule.revision;
            match rest {
                None => {
                    cx.require_operation(ids::SCHEDULES_DELETE)?;
                    tx.schedules(&reach).delete(schedule.id, from).await?;
                }
                Some(rest) => {
                    cx.require_operation(ids::SCHEDULES_UPDATE)?;
                    let rest = Schedule { updated_at: now, revision: from.next(), ..rest };
                    tx.schedules(&reach).update(&rest, from).await?;
                }
            }
        }
        for (window, rest) in self.windows {
            let reach = OrganizationReach::whole(window.organization_id);
            let from = window.revision;
            match rest {
                None => {
                    cx.require_operation(ids::MAINTENANCE_WINDOWS_DELETE)?;
                    tx.maintenance_windows(&reach).delete(window.id, from).await?;
                }
                Some(rest) => {
                    cx.require_operation(ids::MAINTENANCE_WINDOWS_UPDATE)?;
                    let rest = MaintenanceWindow { updated_at: now, revision: from.next(), ..rest };
                    tx.maintenance_windows(&reach).update(&rest, from).await?;
                }
            }
        }
        for (role, rest) in self.roles {
            cx.require_operation(ids::ROLES_UPDATE)?;
            let from = role.revision;
            let rest = Role { updated_at: now, revision: from.next(), ..rest };
            tx.roles(&OrganizationReach::whole(role.organization_id)).update(&rest, from).await?;
        }
        for (key, rest) in self.keys {
            let from = key.revision;
            match rest {
                None => {
                    cx.require_operation(ids::KEYS_DELETE)?;
                    end_key(tx, &key, &Reach::EVERYTHING, now).await?;
                }
                Some(rest) => {
                    cx.require_operation(ids::KEYS_UPDATE)?;
                    let rest = Key { updated_at: now, revision: from.next(), ..rest };
                    tx.keys(&Reach::EVERYTHING).update(&rest, from).await?;
                }
            }
        }
        Ok(())
    }
}

/// Deletes a key, and withdraws its commands.
pub(crate) async fn end_key(tx: &mut Tx, key: &Key, reach: &Reach, now: Timestamp) -> Result<()> {
    tx.withdraw_commands_of(&Actor::Key { id: key.id }, None, now).await?;
    Ok(tx.keys(reach).delete(key.id, key.revision).await?)
}
