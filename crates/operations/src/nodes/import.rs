//! Import many nodes at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use bailiwick_domain::audit::Target;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeName, NodeRef};
use bailiwick_domain::site::SiteRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::records::{Existing, Imported, Line, LineErrors, TEXT_MAX};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::Tx;
use schemars::JsonSchema;
use serde::Deserialize;

use super::checks::{check_machine_id, misfits};
use super::line::NodeLine;
use super::{NOUN, TAG, ids, noun};
use crate::import::{Decided, Import, Importer, Text, Wrong, created_and_changed, import, not_taken};
use crate::maintenance_windows::cover::{OF_ALL, escaping};
use crate::references::{ByName, KnownNodes, missing};

/// What is wrong with the line of a new node without a type.
const NEEDS_TYPE: &str = "expected a value: a new node needs its type, such as generic";

/// Import many nodes at once.
///
/// Each line is a node with the fields of `nodes.create`, but without agents and services. In CSV, the
/// first line names the fields; labels are in a column `labels`, as `env=prod,note="two words"`, or each in a column of its own, as
/// `label.env`. A line that changes a node needs only its name and what changes: what it leaves out stays as it is. A host may be a node of an earlier line. At most 100,000 lines.
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
        Spec::act(ids::NODES_IMPORT, "/v1/nodes/import").tag(TAG).takes_text().body_limit(TEXT_MAX);
    type Output = Imported;

    async fn run(self, cx: &Cx) -> Result<Imported> {
        let Self { format, data, existing, dry_run } = self;
        import(cx, Nodes::default(), Text { format, data, existing, dry_run }).await
    }
}

/// What an import of nodes has looked up.
#[derive(Default)]
struct Nodes {
    /// The nodes of the organization that have the names of lines, in the caller's reach or not.
    existing: ByName<Node>,
    /// The sites in reach that lines name.
    sites: HashMap<SiteRef, SiteId>,
    /// The nodes in reach that lines name as hosts.
    hosts: KnownNodes,
    /// The nodes of the lines so far, by folded name.
    earlier: HashMap<String, NodeId>,
}

impl Nodes {
    /// The site that a line names. The current site of the node need not be in reach.
    fn site(&self, named: Option<&SiteRef>, now: Option<SiteId>, wrong: &mut Wrong) -> Option<SiteId> {
        let Some(named) = named else { return now };
        let stays = now.filter(|now| *named == SiteRef::Id(*now));
        let found = stays.or_else(|| self.sites.get(named).copied());
        if found.is_none() {
            wrong.fields.push(missing("site", noun::SITE, named));
        }
        found
    }

    /// The host that a line names: a node of an earlier line, or an existing one.
    fn host(&self, named: Option<&NodeRef>, now: Option<NodeId>, wrong: &mut Wrong) -> Option<NodeId> {
        let Some(named) = named else { return now };
        let known = match named {
            NodeRef::Id(id) => now.filter(|now| now == id),
            NodeRef::Name(name) => self.earlier.get(&name.folded()).copied(),
        };
        match known.map_or_else(|| self.hosts.id(named), |id| Ok(Some(id))) {
            Ok(Some(id)) => return Some(id),
            Ok(None) => {
                wrong.push("host", format!("there is no node {named}, and no earlier line creates it"))
            }
            Err(detail) => wrong.push("host", detail),
        }
        None
    }
}

impl Importer for Nodes {
    const KEY: fn(&NodeLine) -> Option<String> = |line| Some(line.name.folded());
    const TARGET: fn(&Node) -> Target = |node| NOUN.target(node.id);
    type Line = NodeLine;
    type Key = String;
    type Object = Node;

    async fn look_up(&mut self, import: &Import<'_>, tx: &mut Tx, lines: &[Line<NodeLine>]) -> Result<()> {
        tx.lock_organization(import.reach.organization).await?;
        let names: HashSet<&NodeName> = lines.iter().map(|line| &line.record.name).collect();
        let names: Vec<&NodeName> = names.into_iter().collect();
        let existing = tx.nodes(&import.whole).all_of(&[], &names).await?;
        self.existing = existing.into_iter().map(|node| (node.name.clone(), node)).collect();
        let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
        for site in lines.iter().filter_map(|line| line.record.site.as_ref()) {
            match site {
                SiteRef::Id(id) => drop(ids.insert(*id)),
                SiteRef::Name(name) => drop(names.insert(name)),
            }
        }
        let (ids, names): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), names.into_iter().collect());
        for site in tx.sites(&import.reach).all_of(&ids, &names).await? {
            self.sites.extend([(SiteRef::Id(site.id), site.id), (SiteRef::Name(site.name), site.id)]);
        }
        let hosts = lines.iter().filter_map(|line| line.record.host.as_ref());
        self.hosts = KnownNodes::find(tx.nodes(&import.reach), hosts).await?;
        Ok(())
    }

    fn decide(
        &mut self,
        import: &Import<'_>,
        line: Line<NodeLine>,
        wrong: &mut Wrong,
    ) -> Result<Option<Decided<Node>>> {
        let Line { number, record } = line;
        let (name, reach) = (record.name.folded(), &import.reach);
        let there = match self.existing.get(&record.name) {
            Ok(there) => there.cloned(),
            Err(detail) => {
                wrong.push("name", detail);
                return Ok(None);
            }
        };
        if let Some(node) = &there {
            let is_reached = reach.touches_node(node.id, node.site_id, &node.labels);
            if let Some(refusal) = import.refusal(NOUN, is_reached) {
                // Further errors would reveal properties of a node that the caller does not reach.
                wrong.push("name", refusal);
                self.earlier.insert(name, node.id);
                return Ok(None);
            } else if record.kind.is_some_and(|kind| node.kind != kind) {
                wrong.push("type", format!("expected {}: the type of a node cannot be changed", node.kind));
            }
        }
        let now = there.as_ref();
        let site = self.site(record.site.as_ref(), now.and_then(|node| node.site_id), wrong);
        let host = self.host(record.host.as_ref(), now.and_then(|node| node.host_id), wrong);
        let node = match there.clone() {
            Some(mut node) => {
                record.apply(&mut node);
                (node.site_id, node.host_id) = (site, host);
                node
            }
            None => match record.kind {
                Some(kind) => record.node(import.cx, kind, reach, site, host),
                None => {
                    wrong.push("type", NEEDS_TYPE);
                    return Ok(None);
                }
            },
        };
        self.earlier.insert(name, node.id);
        let machine_id = now.and_then(|node| node.machine_id.as_ref());
        check_machine_id(reach, machine_id, node.machine_id.as_ref(), &mut wrong.fields);
        wrong.fields.extend(misfits(&node));
        if wrong.is_empty() && !reach.touches_node(node.id, node.site_id, &node.labels) {
            wrong.push("", "the node would be outside of the key's reach");
        }
        Ok(Some(import.decided(number, now, node, |node| (&mut node.revision, &mut node.updated_at))))
    }

    async fn check(
        &self,
        import: &Import<'_>,
        tx: &mut Tx,
        decided: &[Decided<Node>],
        errors: &mut LineErrors,
    ) -> Result<()> {
        let written: Vec<&Decided<Node>> = decided.iter().filter(|one| one.is_written()).collect();
        check_hosts(import, tx, &written, errors).await?;
        check_covered(self, import, tx, &written, errors).await?;
        check_unique(import, tx, &written, errors).await
    }

    async fn write(&mut self, import: &Import<'_>, tx: &mut Tx, decided: Vec<Decided<Node>>) -> Result<()> {
        let (created, changed) = created_and_changed(decided);
        let changed: Vec<_> = changed.iter().map(|(node, from)| (node, *from)).collect();
        tx.nodes(&import.reach).create_many(&created).await?;
        Ok(tx.nodes(&import.reach).update_many(&changed).await?)
    }
}

/// Refuses changes that would take nodes out of a maintenance window, for callers with a narrower reach.
async fn check_covered(
    known: &Nodes,
    import: &Import<'_>,
    tx: &mut Tx,
    written: &[&Decided<Node>],
    errors: &mut LineErrors,
) -> Result<()> {
    let before = |one: &Decided<Node>| known.existing.get(&one.object.name).ok().flatten();
    let (lines, changes): (Vec<u64>, Vec<(&Node, &Node)>) =
        written.iter().filter_map(|one| Some((one.line, (before(one)?, &one.object)))).unzip();
    for at in escaping(tx, &import.reach, &changes).await? {
        errors.push(lines[at], "", OF_ALL);
    }
    Ok(())
}

/// Refuses nodes that would run on themselves through their hosts, or on too many levels of hosts.
async fn check_hosts(
    import: &Import<'_>,
    tx: &mut Tx,
    written: &[&Decided<Node>],
    errors: &mut LineErrors,
) -> Result<()> {
    let mut above: HashMap<NodeId, Option<NodeId>> =
        written.iter().map(|one| (one.object.id, one.object.host_id)).collect();
    // Reads the hosts level by level.
    for _ in 0..=HOSTS_MAX {
        let unknown: BTreeSet<NodeId> =
            above.values().flatten().copied().filter(|id| !above.contains_key(id)).collect();
        if unknown.is_empty() {
            break;
        }
        let unknown: Vec<NodeId> = unknown.into_iter().collect();
        above.extend(tx.nodes(&import.whole).hosts_of(&unknown).await?);
    }
    for Decided { line, object: node, .. } in written {
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
async fn check_unique(
    import: &Import<'_>,
    tx: &mut Tx,
    written: &[&Decided<Node>],
    errors: &mut LineErrors,
) -> Result<()> {
    let mut containers = HashMap::new();
    let mut places = HashMap::new();
    for Decided { line, object: node, .. } in written {
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
    let nodes: Vec<&Node> = written.iter().map(|one| &one.object).collect();
    let rivals = tx.nodes(&import.whole).rivals(&nodes).await?;
    let ids = rivals.iter().map(|(_, rival)| rival.id).collect::<BTreeSet<_>>();
    let reached = tx.nodes(&import.reach).existing(ids).await?;
    for (at, rival) in rivals {
        let other = Some(rival.id).filter(|id| reached.contains(id));
        errors.push(written[at].line, rival.field, not_taken(NOUN, other));
    }
    Ok(())
}
