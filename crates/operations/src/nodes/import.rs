//! Import many nodes at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::name::Name;
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeName, NodeRef};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, TEXT_MAX, read};
use bailiwick_engine::shape::removal::AUDIT_TARGETS_MAX;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::create::CreateNode;
use super::place::MACHINE_ID_IS_WHOLE;
use super::{NOUN, TAG};
use crate::references::ByName;

/// Import many nodes at once.
///
/// Each line is a node with the fields of `nodes.create`. In CSV, the first line names the fields;
/// labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as
/// `label.env`. A host may be a node of an earlier line. At most 100,000 lines.
///
/// Either all lines are imported or none: `errors` names every wrong line, the first hundred one by
/// one. The text can also be the whole body, with `Content-Type: text/csv` or `application/x-ndjson`;
/// the other fields are then query parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "format": "csv",
    "data": "type,name,address,labels\ngeneric,db-1,10.0.0.5,\"env=prod,tier=db\"\n",
}]))]
pub(crate) struct ImportNodes {
    /// The format of the text.
    #[schemars(example = &"jsonl")]
    format: Format,
    /// The text.
    #[schemars(example = &"{\"type\":\"generic\",\"name\":\"db-1\",\"address\":\"10.0.0.5\"}\n")]
    data: String,
    /// What to do with a line whose name belongs to an existing node; `refuse` if absent.
    #[serde(default)]
    existing: Existing,
    /// Change nothing; only answer what would be done.
    dry_run: Option<bool>,
}

impl Operation for ImportNodes {
    const SPEC: Spec =
        Spec::act("nodes.import", "/v1/nodes/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let reach = cx.organization_reach()?;
        let dry_run = self.dry_run.unwrap_or_default();
        let (lines, mut errors) = read::<CreateNode>(self.format, self.data).await?;
        let mut write = cx.write().await?;
        write.tx().lock_organization(reach.organization).await?;
        let mut import = Import::prepare(write.tx(), &reach, &lines).await?;
        for line in lines {
            import.add(cx, line, self.existing, &mut errors);
        }
        import.check_hosts(write.tx(), &mut errors).await?;
        import.check_unique(write.tx(), &mut errors).await?;
        errors.check()?;
        let (created, updated): (Vec<Written>, Vec<Written>) =
            import.written.into_iter().partition(|written| written.from.is_none());
        let imported =
            Imported { created: created.len(), updated: updated.len(), unchanged: import.unchanged, dry_run };
        if dry_run {
            return Ok(imported);
        }
        let targets = created.iter().chain(&updated).take(AUDIT_TARGETS_MAX);
        let targets = targets.map(|written| Target::new(NOUN, written.node.id)).collect();
        let created: Vec<Node> = created.into_iter().map(|written| written.node).collect();
        let changes: Vec<_> =
            updated.iter().filter_map(|written| Some((&written.node, written.from?))).collect();
        write.tx().nodes(&reach).create_many(&created).await?;
        write.tx().nodes(&reach).update_many(&changes).await?;
        let note = format!("{} created, {} updated", imported.created, imported.updated);
        write.noting(note).commit(targets, imported).await
    }
}

/// A node to be written, with its line and, if the node exists, its revision before the import.
struct Written {
    line: u64,
    node: Node,
    from: Option<Revision>,
}

/// What an import has looked up and decided.
struct Import<'a> {
    reach: &'a OrganizationReach,
    whole: OrganizationReach,
    /// The nodes of the organization that have the names of lines, in the caller's reach or not.
    existing: ByName<Node>,
    sites: HashMap<SiteId, Name>,
    site_names: HashMap<Name, SiteId>,
    /// The nodes in reach that lines name as hosts.
    host_names: ByName<NodeId>,
    host_ids: HashSet<NodeId>,
    /// The lines so far and their nodes, by folded name.
    lines: HashMap<String, (u64, NodeId)>,
    written: Vec<Written>,
    unchanged: usize,
}

impl<'a> Import<'a> {
    /// Looks up everything that the lines refer to.
    async fn prepare(tx: &mut Tx, reach: &'a OrganizationReach, lines: &[Line<CreateNode>]) -> Result<Self> {
        let whole = OrganizationReach::whole(reach.organization);
        let names: HashSet<&NodeName> = lines.iter().map(|line| &line.record.name).collect();
        let names: Vec<&NodeName> = names.into_iter().collect();
        let existing = tx.nodes(&whole).all_of(&[], &names).await?;
        let (mut site_ids, mut site_names) = (BTreeSet::new(), BTreeSet::new());
        let (mut host_ids, mut host_names) = (BTreeSet::new(), BTreeSet::new());
        for Line { record, .. } in lines {
            match &record.site {
                Some(SiteRef::Id(id)) => drop(site_ids.insert(*id)),
                Some(SiteRef::Name(name)) => drop(site_names.insert(name)),
                None => {}
            }
            match &record.host {
                Some(NodeRef::Id(id)) => drop(host_ids.insert(*id)),
                Some(NodeRef::Name(name)) => drop(host_names.insert(name)),
                None => {}
            }
        }
        let (site_ids, site_names): (Vec<_>, Vec<_>) =
            (site_ids.into_iter().collect(), site_names.into_iter().collect());
        let sites = tx.sites(reach).all_of(&site_ids, &site_names).await?;
        let (host_ids, host_names): (Vec<_>, Vec<_>) =
            (host_ids.into_iter().collect(), host_names.into_iter().collect());
        let hosts = tx.nodes(reach).all_of(&host_ids, &host_names).await?;
        Ok(Self {
            reach,
            whole,
            existing: existing.into_iter().map(|node| (node.name.clone(), node)).collect(),
            site_names: sites.iter().map(|site| (site.name.clone(), site.id)).collect(),
            sites: sites.into_iter().map(|site| (site.id, site.name)).collect(),
            host_ids: hosts.iter().map(|node| node.id).collect(),
            host_names: hosts.into_iter().map(|node| (node.name, node.id)).collect(),
            lines: HashMap::new(),
            written: Vec::new(),
            unchanged: 0,
        })
    }

    /// The site that a line names. The current site of the node need not be in reach.
    fn site(&self, named: Option<&SiteRef>, now: Option<SiteId>) -> Result<Option<SiteId>, String> {
        let found = match named {
            None => return Ok(now),
            Some(SiteRef::Id(id)) => Some(*id).filter(|id| self.sites.contains_key(id) || now == Some(*id)),
            Some(SiteRef::Name(name)) => self.site_names.get(name).copied(),
        };
        match (found, named) {
            (None, Some(named)) => Err(format!("there is no site {named}")),
            (found, _) => Ok(found),
        }
    }

    /// The host that a line names: a node of an earlier line, or an existing one.
    fn host(&self, named: Option<&NodeRef>, now: Option<NodeId>) -> Result<Option<NodeId>, String> {
        let found = match named {
            None => return Ok(now),
            Some(NodeRef::Id(id)) => Some(*id).filter(|id| self.host_ids.contains(id) || now == Some(*id)),
            Some(NodeRef::Name(name)) => {
                let earlier = self.lines.get(&name.folded()).map(|(_, id)| *id);
                match earlier {
                    Some(earlier) => Some(earlier),
                    None => self.host_names.get(name)?.copied(),
                }
            }
        };
        match (found, named) {
            (None, Some(named)) => Err(format!("there is no node {named}, and no earlier line creates it")),
            (found, _) => Ok(found),
        }
    }

    /// Decides what to do with a line.
    fn add(&mut self, cx: &Cx, line: Line<CreateNode>, existing: Existing, errors: &mut LineErrors) {
        let Line { number, record } = line;
        let name = record.name.folded();
        if let Some((before, _)) = self.lines.get(&name) {
            errors.push(number, "name", format!("expected another name: line {before} has it"));
            return;
        }
        let there = match self.existing.get(&record.name) {
            Ok(there) => there.cloned(),
            Err(detail) => return errors.push(number, "name", detail),
        };
        let mut wrong = Vec::new();
        if let Some(node) = &there {
            let reached = self.reach.touches_node(node.id, node.site_id, &node.labels);
            if !reached || existing == Existing::Refuse {
                // Further errors would reveal properties of a node that the caller does not reach.
                let other = if reached { format!(" ({})", node.id) } else { String::new() };
                let detail = format!("expected a value that is not taken: another node has it{other}");
                errors.push(number, "name", detail);
                self.lines.insert(name, (number, node.id));
                return;
            } else if node.kind != record.kind {
                wrong.push(("type", format!("expected {}: the type of a node cannot be changed", node.kind)));
            }
        }
        let now = there.as_ref();
        let site = self.site(record.site.as_ref(), now.and_then(|node| node.site_id));
        let site = site.unwrap_or_else(|detail| {
            wrong.push(("site", detail));
            None
        });
        let host = self.host(record.host.as_ref(), now.and_then(|node| node.host_id));
        let host = host.unwrap_or_else(|detail| {
            wrong.push(("host", detail));
            None
        });
        let (mut node, from) = match there.clone() {
            Some(mut node) => {
                record.apply(&mut node);
                (node.site_id, node.host_id) = (site, host);
                let from = node.revision;
                (node, Some(from))
            }
            None => (record.node(cx, self.reach, site, host), None),
        };
        self.lines.insert(name, (number, node.id));
        let machine_id = there.as_ref().and_then(|node| node.machine_id.as_ref());
        if self.reach.is_partial() && machine_id != node.machine_id.as_ref() {
            wrong.push(("machine_id", MACHINE_ID_IS_WHOLE.into()));
        }
        wrong.extend(node.misfits().into_iter().map(|misfit| (misfit.field(), misfit.to_string())));
        if wrong.is_empty() && !self.reach.touches_node(node.id, node.site_id, &node.labels) {
            wrong.push(("", "the node would be outside of the key's reach".into()));
        }
        if !wrong.is_empty() {
            for (field, detail) in wrong {
                errors.push(number, field, detail);
            }
            return;
        }
        if there.as_ref() == Some(&node) {
            self.unchanged += 1;
            return;
        }
        if let Some(from) = from {
            node.updated_at = cx.now();
            node.revision = from.next();
        }
        self.written.push(Written { line: number, node, from });
    }

    /// Refuses nodes that would run on themselves through their hosts, or on too many levels of hosts.
    async fn check_hosts(&self, tx: &mut Tx, errors: &mut LineErrors) -> Result<()> {
        let mut above: HashMap<NodeId, Option<NodeId>> =
            self.written.iter().map(|written| (written.node.id, written.node.host_id)).collect();
        // Reads the hosts level by level.
        for _ in 0..=HOSTS_MAX {
            let unknown: BTreeSet<NodeId> =
                above.values().flatten().copied().filter(|id| !above.contains_key(id)).collect();
            if unknown.is_empty() {
                break;
            }
            let unknown: Vec<NodeId> = unknown.into_iter().collect();
            above.extend(tx.nodes(&self.whole).hosts_of(&unknown).await?);
        }
        for Written { line, node, .. } in &self.written {
            let (mut at, mut levels) = (node.host_id, 0);
            while let Some(host) = at {
                levels += 1;
                if host == node.id {
                    errors.push(*line, "host", "expected a host that does not itself run on this node");
                    break;
                }
                if levels > HOSTS_MAX {
                    let detail = format!("expected at most {HOSTS_MAX} hosts above a node");
                    errors.push(*line, "host", detail);
                    break;
                }
                at = above.get(&host).copied().flatten();
            }
        }
        Ok(())
    }

    /// Refuses values that must be unique but occur in two lines or are taken.
    async fn check_unique(&self, tx: &mut Tx, errors: &mut LineErrors) -> Result<()> {
        let mut containers = HashMap::new();
        let mut places = HashMap::new();
        for Written { line, node, .. } in &self.written {
            if let Some(id) = &node.container_id
                && let Some(before) = containers.insert(id, line)
            {
                errors.push(*line, "container_id", format!("expected another value: line {before} has it"));
            }
            if let (Some(address), Some(region)) = (&node.address, &node.region)
                && let Some(before) = places.insert((address, region), line)
            {
                let detail = format!("expected another value: line {before} has it in this region");
                errors.push(*line, "address", detail);
            }
        }
        let nodes: Vec<&Node> = self.written.iter().map(|written| &written.node).collect();
        let rivals = tx.nodes(&self.whole).rivals(&nodes).await?;
        let ids = rivals.iter().map(|(_, rival)| rival.id).collect::<BTreeSet<_>>();
        let reached = tx.nodes(self.reach).existing(ids).await?;
        for (at, rival) in rivals {
            let other = if reached.contains(&rival.id) { format!(" ({})", rival.id) } else { String::new() };
            let detail = format!("expected a value that is not taken: another node has it{other}");
            errors.push(self.written[at].line, rival.field, detail);
        }
        Ok(())
    }
}
