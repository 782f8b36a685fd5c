//! What a merge of two nodes would do, found before anything is written.

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::{HOSTS_MAX, Node};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, FieldError, Result, require_valid};
use bailiwick_engine::shape::removal::ITEMS_MAX;
use bailiwick_store::commands::{OnNode, on_node};
use bailiwick_store::nodes::{Nodes, SeenNode};
use bailiwick_store::updates::newer_scan;
use bailiwick_store::{Run, Tx};

use super::agents::MovingAgents;
use super::fields::united;
use crate::ids;
use crate::keys::beyond::require_may_give_people_access;
use crate::keys::grant::require_no_more_than_own;
use crate::nodes::checks::{misfits, require_reach};
use crate::nodes::dependants::{detached, targets};
use crate::nodes::{NOUN, noun};
use crate::roles::require_within_own;
use crate::schedules::runs;
use crate::services::ServicesOn;
use crate::uses::Uses;

/// Why the results of commands are unknown that an agent has begun and will not report.
const AGENT_GONE: &str = "the node was merged into another, and the agent that was sent the command is gone";

/// What a merge does.
pub(super) struct Plan {
    from: SeenNode,
    into: SeenNode,
    /// The node after the merge, with its revision before.
    after: Node,
    agents: MovingAgents,
    services: ServicesOn,
    /// The nodes that run on the node that goes.
    guests: Vec<Dependants>,
    /// The keys, roles, schedules and maintenance windows that name it.
    uses: Uses,
    /// The commands that were given to it.
    commands: OnNode,
    /// The commands that would run on another machine than before.
    redirected: i64,
    /// How many updates its last scan found, if that scan moves.
    updates: Option<i64>,
}

impl Plan {
    /// Finds what is to do. Refuses nodes that cannot be merged, and callers that may not do it.
    pub(super) async fn find<R: Run>(
        cx: &Cx,
        mut run: R,
        reach: &OrganizationReach,
        from: SeenNode,
        into: SeenNode,
    ) -> Result<Self> {
        let (from_id, into_id) = (from.node.id, into.node.id);
        let guests = detached(&mut run, reach, &NodeFilter::on(from_id)).await?;
        let agents = MovingAgents::find(cx, &mut run, reach, &from, &into).await?;
        let after = united(&into.node, &from.node, agents.ours_moves)?;
        check_hosts(&mut run, reach, &from.node, &into.node, &after, !guests.is_empty()).await?;
        require_valid(misfits(&after).collect())?;
        require_reach(reach, &after)?;
        let services = ServicesOn::find(&mut run, reach, from_id).await?;
        let uses = Uses::moving(cx, &mut run, reach.organization, from_id, into_id).await?;
        uses.require_reach(reach)?;
        let commands = on_node(&mut run, from_id, ITEMS_MAX).await?;
        let redirected =
            if agents.ours_moves { on_node(&mut run, into_id, 0).await?.waiting } else { commands.waiting };
        let updates = newer_scan(&mut run, from_id, into_id).await?;
        let plan = Self { from, into, after, agents, services, guests, uses, commands, redirected, updates };
        plan.require_may(cx)?;
        Ok(plan)
    }

    /// Refuses callers that could not do each part of the merge by itself.
    fn require_may(&self, cx: &Cx) -> Result<()> {
        cx.require_operation(ids::NODES_UPDATE)?;
        cx.require_operation(ids::NODES_DELETE)?;
        if self.services.moved().is_some() {
            cx.require_operation(ids::SERVICES_UPDATE)?;
        }
        self.agents.require_may(cx)?;
        for (key, moved) in self.uses.keys() {
            // The key will reach another node, which must not be more than what the caller could grant.
            cx.require_operation(ids::KEYS_UPDATE)?;
            require_no_more_than_own(cx, key)?;
            moved.iter().try_for_each(|moved| require_no_more_than_own(cx, moved))?;
        }
        for (role, moved) in self.uses.roles() {
            cx.require_operation(ids::ROLES_UPDATE)?;
            require_may_give_people_access(cx)?;
            require_within_own(cx, role)?;
            require_within_own(cx, moved)?;
        }
        for (schedule, _) in self.uses.schedules() {
            // Its commands will go to another node.
            cx.require_operation(ids::SCHEDULES_UPDATE)?;
            cx.require_operation(runs(&schedule.run))?;
            if schedule.ignore_maintenance_windows {
                cx.require_operation(ids::MAINTENANCE_WINDOWS_UPDATE)?;
            }
        }
        if !self.uses.windows().is_empty() {
            // They will cover another node.
            cx.require_operation(ids::MAINTENANCE_WINDOWS_UPDATE)?;
        }
        if self.redirected > 0 {
            cx.require_operation(ids::COMMANDS_CREATE)?;
        }
        let gives_commands = self.redirected > 0 || !self.uses.schedules().is_empty();
        if gives_commands && cx.command_limits().is_some() {
            let detail = "commands or schedules of this node would go to another machine, and the calling key has \
                          command limits";
            return Err(Error::CommandLimited(vec![FieldError::new("from", detail)]));
        }
        Ok(())
    }

    /// The node after the merge, as answers show it.
    pub(super) fn merged(&self, cx: &Cx) -> SeenNode {
        let Self { from, into, agents, .. } = self;
        let mut node = self.after.clone();
        cx.revise(self.into.node.revision, &mut node.revision, &mut node.updated_at);
        let (first, second) = if agents.ours_moves { (from, into) } else { (into, from) };
        let facts = first.facts.clone().or_else(|| second.facts.clone());
        SeenNode { node, facts, presence: first.presence }
    }

    /// What moves, in the form of dependants.
    pub(super) fn moved(&self) -> Vec<Dependants> {
        let keys = self.uses.keys().iter().map(|(key, _)| Dependant::new(key.id, &key.name));
        let roles = self.uses.roles().iter().map(|(role, _)| Dependant::new(role.id, &role.name));
        let schedules = self.uses.schedules().iter();
        let schedules = schedules.map(|(schedule, _)| Dependant::new(schedule.id, &schedule.name));
        let windows = self.uses.windows().iter();
        let windows = windows.map(|(window, _)| Dependant::new(window.id, &window.name));
        let commands = (self.commands.all > 0).then(|| Dependants {
            noun: noun::COMMAND.many,
            effect: Effect::Detached,
            count: self.commands.all,
            items: self.commands.newest.iter().map(|(id, title)| Dependant::new(id, title)).collect(),
        });
        let updates = self.updates.filter(|count| *count > 0).map(|count| Dependants {
            noun: noun::UPDATE.many,
            effect: Effect::Detached,
            count,
            items: Vec::new(),
        });
        let mut moved = self.guests.clone();
        moved.extend(
            [
                self.services.moved(),
                self.agents.moved(),
                commands,
                updates,
                noun::KEY.dependants(Effect::Detached, keys),
                noun::ROLE.dependants(Effect::Detached, roles),
                noun::SCHEDULE.dependants(Effect::Detached, schedules),
                noun::MAINTENANCE_WINDOW.dependants(Effect::Detached, windows),
            ]
            .into_iter()
            .flatten(),
        );
        moved
    }

    /// What is deleted, in the form of dependants.
    pub(super) fn deleted(&self) -> Vec<Dependants> {
        let from = Dependant::new(self.from.node.id, &self.from.node.name);
        let node = NOUN.dependants(Effect::Deleted, std::iter::once(from));
        node.into_iter().chain(self.agents.deleted()).collect()
    }

    /// The objects that are touched, for the audit trail: first the two nodes.
    pub(super) fn targets(&self) -> Vec<Target> {
        let nodes = [NOUN.target(self.into.node.id), NOUN.target(self.from.node.id)].into_iter();
        let inventory = nodes.chain(targets(&self.guests)).chain(self.services.targets());
        inventory.chain(self.agents.targets()).chain(self.uses.targets()).collect()
    }

    /// Moves everything, and deletes the node that goes. The merged node itself is not written yet.
    pub(super) async fn apply(self, cx: &Cx, tx: &mut Tx, reach: &OrganizationReach) -> Result<()> {
        let (from, into, now) = (self.from.node.id, self.into.node.id, cx.now());
        let ours_moves = self.agents.ours_moves;
        self.agents.apply(cx, tx, reach, (from, into)).await?;
        tx.services(reach).move_node(from, into, now).await?;
        tx.move_guests(reach.organization, from, into, now).await?;
        self.uses.move_all(cx, tx).await?;
        let unheard: NodeId = if ours_moves { into } else { from };
        tx.lose_results_of_node(unheard, AGENT_GONE, now).await?;
        tx.move_results(from, into, now).await?;
        tx.move_scan(from, into).await?;
        tx.move_reports(from, into, ours_moves).await?;
        tx.move_front_names(from, into).await?;
        tx.move_meaning(reach.organization, from, into, now).await?;
        tx.nodes(reach).delete(from, self.from.node.revision).await?;
        Ok(())
    }
}

/// Refuses a merge after which a node would run on itself, or be too many levels deep.
async fn check_hosts<R: Run>(
    mut run: R,
    reach: &OrganizationReach,
    from: &Node,
    into: &Node,
    after: &Node,
    has_guests: bool,
) -> Result<()> {
    let mut nodes = Nodes::new(&mut run, reach);
    let mut above = nodes.with_hosts(into.id).await?;
    let mut is_own_host = above.contains(&from.id);
    if let Some(host) = after.host_id.filter(|host| into.host_id != Some(*host)) {
        let further = nodes.with_hosts(host).await?;
        is_own_host |= further.contains(&into.id);
        above.extend(further);
    }
    if is_own_host {
        let detail =
            format!("expected a node that {} does not run on: it would become its own host", into.name);
        return Err(Error::invalid("from", detail));
    }
    // The list begins with the node itself, which is one of the hosts only for the nodes on it.
    if above.len() > HOSTS_MAX + usize::from(!has_guests) {
        let detail = format!("expected at most {HOSTS_MAX} hosts above a node");
        return Err(Error::invalid("from", detail));
    }
    Ok(())
}
