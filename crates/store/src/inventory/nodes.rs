//! Nodes: the machines in the inventory.

use std::collections::HashSet;

use bailiwick_domain::address::Address;
use bailiwick_domain::cursor::Mark;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::id::{NodeId, SiteId};
use bailiwick_domain::label::Labels;
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::{HOSTS_MAX, Node, NodeName, NodeRef, NodeSummary, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::Page;
use bailiwick_domain::presence::{NodeStatus, Presence};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::targets::TargetNode;
use bailiwick_domain::time::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::inventory::node_filter;
pub use crate::inventory::node_row::NodesBy;
use crate::inventory::node_row::{FOLDED_NAME, ID, LABELS, NodeRow, ORGANIZATION, SEARCH, SITE, TABLE};
use crate::inventory::presence::{PresenceRow, with_status};
use crate::inventory::supervised::Whose;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Fixed, Ids, Select};
use crate::sql::statement::{Row, Statement, Value};
use crate::table::columns::Columns as _;
use crate::table::facet::{FACET_MAX, Facet, facet};
use crate::table::few::first_few;
use crate::table::list::{List, PageRequest, page_of};
use crate::table::order::InList;
use crate::table::walk::Narrow;

/// So many nodes are found by reading all in reach, which is faster than to look each up.
const MANY: usize = 2_000;

/// How many nodes one statement writes. SQLite's search for each placeholder takes longer the more there are:
/// with about twenty values for each node, this many are fastest on both databases.
const NODES_AT_ONCE: usize = 50;

/// The condition that a Bailiwick agent has enrolled on the node.
const ENROLLED: Fixed = Fixed::new(
    "EXISTS (SELECT 1 FROM agents a WHERE a.organization_id = nodes.organization_id \
     AND a.runs_on_id = nodes.id AND a.type = 'bailiwick_agent' AND a.instance_uid IS NOT NULL)",
);

/// The condition that no Bailiwick agent has enrolled on the node.
const NOT_ENROLLED: Fixed = Fixed::new(
    "NOT EXISTS (SELECT 1 FROM agents a WHERE a.organization_id = nodes.organization_id \
     AND a.runs_on_id = nodes.id AND a.type = 'bailiwick_agent' AND a.instance_uid IS NOT NULL)",
);

/// A node's site and labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePlace {
    /// The node.
    pub id: NodeId,
    /// The site that it is at.
    pub site_id: Option<SiteId>,
    /// Its labels.
    pub labels: Labels,
}

/// A node, and what its agent reports about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNode {
    /// The node.
    pub node: Node,
    /// What the agent reported about the machine; `None` if no agent did.
    pub facts: Option<Facts>,
    /// When the agent was last seen; `None` if it never was.
    pub presence: Option<Presence>,
}

#[derive(sqlx::FromRow)]
struct SeenRow {
    #[sqlx(flatten)]
    node: NodeRow,
    facts: Option<Json<Facts>>,
    #[sqlx(flatten)]
    presence: PresenceRow,
}

impl TryFrom<SeenRow> for SeenNode {
    type Error = Error;

    fn try_from(row: SeenRow) -> Result<Self> {
        let presence = row.presence.presence();
        Ok(Self { node: row.node.try_into()?, facts: row.facts.map(|facts| facts.0), presence })
    }
}

/// A row of the list of nodes.
trait NodeListRow: Row + InList<NodesBy> {
    /// The columns to select.
    const COLUMNS: &'static [&'static str];
}

impl NodeListRow for NodeRow {
    const COLUMNS: &'static [&'static str] = &[Self::READ];
}

impl NodeListRow for SeenRow {
    const COLUMNS: &'static [&'static str] = &[
        NodeRow::READ,
        ", facts, \
         (SELECT p.last_seen_at FROM node_presence p WHERE p.node_id = nodes.id) AS last_seen_at, \
         (SELECT p.online_since FROM node_presence p WHERE p.node_id = nodes.id) AS online_since, \
         (SELECT p.left_at FROM node_presence p WHERE p.node_id = nodes.id) AS left_at",
    ];
}

impl InList<NodesBy> for SeenRow {
    fn mark(&self, column: NodesBy) -> Mark {
        self.node.mark(column)
    }

    fn id(&self) -> String {
        InList::id(&self.node)
    }
}

/// The conditions that a node is in a reach.
pub(crate) fn in_reach(reach: &OrganizationReach) -> Vec<Condition> {
    let mut conditions = vec![ORGANIZATION.is(&reach.organization)];
    conditions.extend(in_part(reach));
    conditions
}

/// The conditions that a node is in the part of the organization to which the reach is limited.
pub(super) fn in_part(reach: &OrganizationReach) -> Vec<Condition> {
    let mut conditions = Vec::new();
    conditions.extend(reach.sites.as_ref().map(|ids| SITE.one_of(ids)));
    conditions.extend(reach.labels.iter().flat_map(|selector| LABELS.conditions(selector)));
    conditions.extend(reach.nodes.as_ref().map(|ids| ID.one_of(ids)));
    conditions
}

/// A node that already has a value that must be unique, and the field with that value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The field: `name`, `container_id` or `address`.
    pub field: &'static str,
    /// The node that already has the value.
    pub id: NodeId,
}

/// Access to the nodes in a reach.
pub struct Nodes<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the nodes in a reach.
    pub const fn nodes<'a>(&'a self, reach: &'a OrganizationReach) -> Nodes<'a, &'a Self> {
        Nodes { run: self, reach }
    }
}

/// How many names are folded in one transaction.
const FOLDED_AT_ONCE: i64 = 500;

impl Store {
    /// Fills in the folded names (the form in which names are compared) of nodes that are older than that
    /// column, where the SQL of the migration could not compute them.
    pub(crate) async fn fold_names(&self) -> Result<()> {
        loop {
            let mut tx = self.begin().await?;
            let mut statement =
                Statement::new("SELECT id, name FROM nodes WHERE folded_name IS NULL ORDER BY id LIMIT ");
            statement.push_value(FOLDED_AT_ONCE);
            let rows: Vec<(Uuid, String)> = tx.rows(StatementName::NodesUnfolded, statement).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for (id, name) in rows {
                let folded = name.parse::<NodeName>().or_corrupt(TABLE, "name")?.folded();
                let statement = Statement::new(
                    "UPDATE nodes SET folded_name = $1, unique_name = CASE WHEN EXISTS ( \
                     SELECT 1 FROM nodes o WHERE o.organization_id = nodes.organization_id AND o.unique_name = $1) \
                     THEN NULL ELSE $1 END WHERE id = $2",
                )
                .bind(folded)
                .bind(id);
                tx.execute(StatementName::NodesFold, statement).await?;
            }
            tx.commit().await?;
        }
    }
}

impl Tx {
    /// Reads and writes the nodes in a reach.
    pub const fn nodes<'a>(&'a mut self, reach: &'a OrganizationReach) -> Nodes<'a, &'a mut Self> {
        Nodes { run: self, reach }
    }
}

impl<'a, R: Run> Nodes<'a, R> {
    /// Reads the nodes in a reach on a store or in a transaction.
    pub const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    /// Begins a query of the nodes in reach, at those in `few` if given.
    fn select(&self, columns: &[&'static str], few: Option<&Ids<NodeId>>) -> Select {
        LABELS.select(columns, self.reach.organization, few).and_all(in_part(self.reach))
    }

    /// Queries of ids for filters that may match only a few nodes, most selective first.
    pub(crate) fn candidates(&self, filter: &NodeFilter) -> Vec<Ids<NodeId>> {
        let organization = self.reach.organization;
        let those = |conditions| Ids::new(ID, TABLE, ORGANIZATION.is(&organization), conditions);
        let mut candidates = Vec::new();
        candidates.extend(self.reach.nodes.as_ref().map(|ids| those(vec![ID.one_of(ids)])));
        // A list of one site does not need this: it is read along the site's track.
        if let (Some(sites), None) = (&self.reach.sites, filter.site) {
            candidates.push(those(vec![SITE.one_of(sites)]));
        }
        candidates.extend(filter.nodes.as_ref().map(|ids| those(vec![ID.one_of(ids)])));
        candidates.extend(LABELS.candidates(organization, &filter.labels));
        if let Some(selector) = &self.reach.labels {
            candidates.extend(LABELS.candidates(organization, selector));
        }
        candidates.extend(filter.search.as_ref().map(|search| those(SEARCH.contains(search))));
        if let Some((status, now)) = filter.status.filter(|(status, _)| *status != NodeStatus::Unknown) {
            candidates.push(with_status(organization, status, now));
        }
        candidates
    }

    /// The node with this id, if it is in reach.
    pub async fn get(&mut self, id: NodeId) -> Result<Option<Node>> {
        let statement = self.select(NodeRow::COLUMNS, None).and(ID.is(&id)).statement();
        self.run.row::<NodeRow>(StatementName::NodesGet, statement).await?.map(Node::try_from).transpose()
    }

    /// The node with this name, if it is in reach. Names are compared like host names. If several nodes
    /// match, the one that is spelled exactly like `name` is returned; [`Error::Ambiguous`] if there is
    /// none.
    pub async fn named(&mut self, name: &NodeName) -> Result<Option<Node>> {
        // Without an order: for one by id, SQLite would read all nodes in the order of their ids.
        let statement = self.select(NodeRow::COLUMNS, None).and(FOLDED_NAME.is(&name.folded())).statement();
        let rows = self.run.rows::<NodeRow>(StatementName::NodesNamed, statement).await?;
        pick(name, rows, NodeRow::name)?.map(Node::try_from).transpose()
    }

    /// The node with this id or name, if it is in reach.
    pub async fn find(&mut self, node: &NodeRef) -> Result<Option<Node>> {
        match node {
            NodeRef::Id(id) => self.get(*id).await,
            NodeRef::Name(name) => self.named(name).await,
        }
    }

    /// Like [`find`](Self::find), with what the node's agent reports.
    pub async fn find_seen(&mut self, node: &NodeRef) -> Result<Option<SeenNode>> {
        let select = self.select(SeenRow::COLUMNS, None);
        let row = match node {
            NodeRef::Id(id) => {
                let statement = select.and(ID.is(id)).statement();
                self.run.row::<SeenRow>(StatementName::NodesGetSeen, statement).await?
            }
            NodeRef::Name(name) => {
                let statement = select.and(FOLDED_NAME.is(&name.folded())).statement();
                pick(
                    name,
                    self.run.rows::<SeenRow>(StatementName::NodesNamedSeen, statement).await?,
                    |row| row.node.name(),
                )?
            }
        };
        row.map(SeenNode::try_from).transpose()
    }

    /// A page of the nodes that match a filter.
    pub async fn list(&mut self, filter: &NodeFilter, list: List<NodesBy>) -> Result<Page<Node>> {
        page_of(self.page::<NodeRow>(StatementName::NodesList, filter, &list).await?)
    }

    /// Like [`list`](Self::list), with what the nodes' agents report.
    pub async fn list_seen(&mut self, filter: &NodeFilter, list: List<NodesBy>) -> Result<Page<SeenNode>> {
        page_of(self.page::<SeenRow>(StatementName::NodesListSeen, filter, &list).await?)
    }

    async fn page<T: NodeListRow>(
        &mut self,
        name: StatementName,
        filter: &NodeFilter,
        list: &List<NodesBy>,
    ) -> Result<Page<T>> {
        let organization = self.reach.organization;
        let narrow = Narrow {
            count_few: StatementName::NodesCountFew,
            sample_tracks: StatementName::NodesSampleTracks,
            reach: self.reach,
            labels: &filter.labels,
            otherwise: node_filter::narrows_otherwise(filter),
            candidates: self.candidates(filter),
            tracks: node_filter::tracks(filter, organization),
        };
        let begin = LABELS.begin(&mut self.run, PageRequest::of(list)?, narrow).await?;
        let page = begin.page_of(T::COLUMNS, |select| {
            select.and_all(in_part(self.reach)).and_all(node_filter::others(filter, organization))
        });
        page.rows(name, &mut self.run).await
    }

    /// How many nodes match a filter.
    pub async fn count(&mut self, filter: &NodeFilter) -> Result<i64> {
        let statement = self
            .select(&["count(*)"], None)
            .and_all(node_filter::conditions(filter, self.reach.organization));
        let statement = statement.statement();
        let (count,) = self.run.row(StatementName::NodesCount, statement).await?.unwrap_or_default();
        Ok(count)
    }

    /// The first `most` nodes that match a filter, sorted by name.
    pub async fn first(&mut self, filter: &NodeFilter, most: u32) -> Result<Vec<NodeSummary>> {
        let select = self
            .select(&["id, name"], None)
            .and_all(node_filter::conditions(filter, self.reach.organization));
        let mut statement = select.statement();
        statement.push(" ORDER BY name, id LIMIT ").push_value(most);
        summaries(self.run.rows(StatementName::NodesFirst, statement).await?)
    }

    /// The query of the nodes that match a filter. It begins at a few of them if there are only a few.
    async fn matching(&mut self, columns: &[&'static str], filter: &NodeFilter) -> Result<Select> {
        let candidates = self.candidates(filter);
        let few = first_few(StatementName::NodesCountFewCommanded, &mut self.run, candidates).await?;
        let select = self.select(columns, few.as_ref());
        Ok(select.and_all(node_filter::conditions(filter, self.reach.organization)))
    }

    /// How many nodes match a filter; `most` if that many or more do.
    pub async fn count_up_to(&mut self, filter: &NodeFilter, most: usize) -> Result<usize> {
        let mut statement = Statement::new("SELECT count(*) FROM (");
        statement.push_statement(&self.matching(&["1"], filter).await?.statement());
        statement.push(" LIMIT ").push_value(i64::try_from(most).unwrap_or(i64::MAX)).push(") AS counted");
        let (count,): (i64,) =
            self.run.row(StatementName::NodesCountUpTo, statement).await?.unwrap_or_default();
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// How many of the nodes that match a filter are at each site.
    pub async fn facet_of_sites(&mut self, filter: &NodeFilter) -> Result<Facet<SiteId>> {
        let select = self.matching(&["nodes.site_id AS value"], filter).await?;
        let facet: Facet<Uuid> = facet(&mut self.run, select).await?;
        facet.try_map(|id| Ok(SiteId::from_uuid(id)))
    }

    /// How many of the nodes that match a filter are of each type.
    pub async fn facet_of_types(&mut self, filter: &NodeFilter) -> Result<Facet<NodeType>> {
        let select = self.matching(&["nodes.type AS value"], filter).await?;
        let facet: Facet<String> = facet(&mut self.run, select).await?;
        facet.try_map(|kind| kind.parse().or_corrupt(TABLE, "type"))
    }

    /// How many of the nodes that match a filter have each status at a time.
    pub async fn facet_of_statuses(
        &mut self,
        filter: &NodeFilter,
        now: Timestamp,
    ) -> Result<Facet<NodeStatus>> {
        let all = self.count_up_to(filter, FACET_MAX + 1).await?;
        let mut counts = Vec::new();
        let mut unknown = all;
        for status in [NodeStatus::Online, NodeStatus::Stale, NodeStatus::Offline] {
            let with = NodeFilter { status: Some((status, now)), ..filter.clone() };
            let count = self.count_up_to(&with, FACET_MAX).await?;
            unknown = unknown.saturating_sub(count);
            counts.push((status, count));
        }
        counts.push((NodeStatus::Unknown, unknown));
        counts.retain(|(_, count)| *count > 0);
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let value =
            |(status, count): (NodeStatus, usize)| (Some(status), i64::try_from(count).unwrap_or(i64::MAX));
        Ok(Facet { counts: counts.into_iter().map(value).collect(), exact: all <= FACET_MAX })
    }

    /// The ids of the nodes that match a filter: at most `most`, sorted.
    pub async fn matching_ids(&mut self, filter: &NodeFilter, most: usize) -> Result<Vec<NodeId>> {
        let mut statement = self.matching(&["nodes.id"], filter).await?.statement();
        statement.push(" LIMIT ").push_value(i64::try_from(most).unwrap_or(i64::MAX));
        let rows: Vec<(Uuid,)> = self.run.rows(StatementName::NodesMatchingIds, statement).await?;
        let mut ids: Vec<NodeId> = rows.into_iter().map(|(id,)| NodeId::from_uuid(id)).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The first `most` nodes that match a filter and on which no Bailiwick agent has enrolled, sorted by name.
    pub async fn without_agent(&mut self, filter: &NodeFilter, most: u32) -> Result<Vec<NodeSummary>> {
        let select = self.matching(&["nodes.id, nodes.name"], filter).await?;
        let mut statement = select.and(NOT_ENROLLED).statement();
        statement.push(" ORDER BY nodes.name, nodes.id LIMIT ").push_value(most);
        summaries(self.run.rows(StatementName::NodesWithoutAgent, statement).await?)
    }

    /// The nodes that match a filter and can carry out commands, because a Bailiwick agent has enrolled on
    /// them: at most `most`, in any order.
    pub async fn commanded(&mut self, filter: &NodeFilter, most: usize) -> Result<Vec<NodeSummary>> {
        let mut statement = self.matching(&["nodes.id, nodes.name"], filter).await?.and(ENROLLED).statement();
        statement.push(" LIMIT ").push_value(i64::try_from(most).unwrap_or(i64::MAX));
        summaries(self.run.rows(StatementName::NodesCommanded, statement).await?)
    }

    /// The nodes with these ids that are in reach and on which a Bailiwick agent has enrolled, in any order.
    pub async fn commanded_of(&mut self, ids: &[NodeId]) -> Result<Vec<NodeSummary>> {
        let statement = self.select(&["nodes.id, nodes.name"], None).and(ENROLLED).statement();
        let ids = ids.iter().map(|id| id.as_uuid());
        summaries(
            statement.among(StatementName::NodesCommandedOf, &mut self.run, " AND nodes.id IN ", ids).await?,
        )
    }

    /// What decides whether targets include the nodes with these ids that are in reach, in any order.
    pub async fn target_nodes_of(&mut self, ids: &[NodeId]) -> Result<Vec<TargetNode>> {
        let columns = "nodes.id, nodes.type, nodes.site_id, nodes.host_id, nodes.labels, nodes.search";
        let statement = self.select(&[columns], None).statement();
        let ids = ids.iter().map(|id| id.as_uuid());
        let name = StatementName::NodesTargetNodesOf;
        let rows = statement.among(name, &mut self.run, " AND nodes.id IN ", ids).await?;
        rows.into_iter().map(target_node).collect()
    }

    /// The sites and labels of the nodes with these ids that are in reach, in any order.
    pub async fn places_of(&mut self, ids: &[NodeId]) -> Result<Vec<NodePlace>> {
        let statement = self.select(&["nodes.id, nodes.site_id, nodes.labels"], None).statement();
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows =
            statement.among(StatementName::NodesPlacesOf, &mut self.run, " AND nodes.id IN ", ids).await?;
        let place = |(id, site, labels): (Uuid, Option<Uuid>, Json<Labels>)| NodePlace {
            id: NodeId::from_uuid(id),
            site_id: site.map(SiteId::from_uuid),
            labels: labels.0,
        };
        Ok(rows.into_iter().map(place).collect())
    }

    /// The sites of the nodes with these ids that are in reach, in any order.
    pub async fn sites_of(&mut self, ids: &[NodeId]) -> Result<Vec<(NodeId, Option<SiteId>)>> {
        let statement = self.select(&["nodes.id, nodes.site_id"], None).statement();
        let name = StatementName::NodesSitesOf;
        let rows: Vec<(Uuid, Option<Uuid>)> = if ids.len() < MANY {
            let ids = ids.iter().map(|id| id.as_uuid());
            statement.among(name, &mut self.run, " AND nodes.id IN ", ids).await?
        } else {
            self.run.rows(name, statement).await?
        };
        let ids: HashSet<NodeId> = ids.iter().copied().collect();
        let place = |(id, site): (Uuid, Option<Uuid>)| (NodeId::from_uuid(id), site.map(SiteId::from_uuid));
        Ok(rows.into_iter().map(place).filter(|(id, _)| ids.contains(id)).collect())
    }

    /// The names of the nodes with these ids that are in reach, in any order.
    pub async fn names_of(&mut self, ids: &[NodeId]) -> Result<Vec<NodeSummary>> {
        let statement = self.select(&["id, name"], None).statement();
        let name = StatementName::NodesNamesOf;
        let mut rows: Vec<(Uuid, String)> = if ids.len() < MANY {
            let ids = ids.iter().map(|id| id.as_uuid());
            statement.among(name, &mut self.run, " AND id IN ", ids).await?
        } else {
            self.run.rows(name, statement).await?
        };
        let ids: HashSet<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        rows.retain(|(id, _)| ids.contains(id));
        summaries(rows)
    }

    /// The ids in `ids` that are nodes in reach.
    pub async fn existing(&mut self, ids: impl IntoIterator<Item = NodeId>) -> Result<Vec<NodeId>> {
        let ids = ids.into_iter().map(NodeId::as_uuid);
        let rows = self
            .select(&["id"], None)
            .statement()
            .among(StatementName::NodesExisting, &mut self.run, " AND id IN ", ids)
            .await?;
        Ok(rows.into_iter().map(|(id,)| NodeId::from_uuid(id)).collect())
    }

    /// The nodes with these ids or names that are in reach, in any order. Names are compared like host
    /// names, so one name may match several nodes.
    pub async fn all_of(&mut self, ids: &[NodeId], names: &[&NodeName]) -> Result<Vec<Node>> {
        let (select, run) = (self.select(NodeRow::COLUMNS, None).statement(), &mut self.run);
        let ids = ids.iter().map(|id| id.as_uuid());
        let names = names.iter().map(|name| name.folded());
        let mut found: Vec<NodeRow> =
            select.clone().among(StatementName::NodesByIds, run, " AND id IN ", ids).await?;
        found.extend(
            select.among::<NodeRow>(StatementName::NodesByNames, run, " AND folded_name IN ", names).await?,
        );
        found.into_iter().map(Node::try_from).collect()
    }

    /// The ids of a node, its host, its host's host and so on, in reach or not; up to one more level than is
    /// allowed.
    pub async fn with_hosts(&mut self, id: NodeId) -> Result<Vec<NodeId>> {
        let levels = i64::try_from(HOSTS_MAX).unwrap_or(i64::MAX);
        let mut statement = Statement::new(
            "WITH RECURSIVE above (id, host_id, level) AS ( \
             SELECT id, host_id, 0 FROM nodes WHERE organization_id = $1 AND id = $2 \
             UNION ALL SELECT nodes.id, nodes.host_id, above.level + 1 \
             FROM above JOIN nodes ON nodes.id = above.host_id \
             WHERE nodes.organization_id = $1 AND above.level < ",
        )
        .bind(self.reach.organization.as_uuid())
        .bind(id.as_uuid());
        statement.push_value(levels).push(") SELECT id FROM above ORDER BY level");
        let rows: Vec<(Uuid,)> = self.run.rows(StatementName::NodesWithHosts, statement).await?;
        Ok(rows.into_iter().map(|(id,)| NodeId::from_uuid(id)).collect())
    }

    /// The hosts of the nodes with these ids that exist, in reach or not.
    pub async fn hosts_of(&mut self, ids: &[NodeId]) -> Result<Vec<(NodeId, Option<NodeId>)>> {
        let statement = Statement::new("SELECT id, host_id FROM nodes WHERE organization_id = $1")
            .bind(self.reach.organization.as_uuid());
        let ids = ids.iter().map(|id| id.as_uuid());
        let rows = statement.among(StatementName::NodesHostsOf, &mut self.run, " AND id IN ", ids).await?;
        let host = |(id, host): (Uuid, Option<Uuid>)| (NodeId::from_uuid(id), host.map(NodeId::from_uuid));
        Ok(rows.into_iter().map(host).collect())
    }

    /// Finds other nodes of the organization, in reach or not, that already have a unique value of one of
    /// `nodes`, so that writing it would fail with [`Error::Taken`]. Each is returned with the index of that
    /// one in `nodes`.
    pub async fn rivals(&mut self, nodes: &[&Node]) -> Result<Vec<(usize, Rival)>> {
        let mut rivals = Vec::new();
        for (n, nodes) in nodes.chunks(NODES_AT_ONCE).enumerate() {
            rivals.extend(
                self.rivals_by_name(nodes)
                    .await?
                    .into_iter()
                    .map(|(at, rival)| (n * NODES_AT_ONCE + at, rival)),
            );
            for (field, condition) in [("container_id", ""), ("address", " AND region IS NOT NULL")] {
                let values: Vec<&str> = nodes.iter().filter_map(|node| unique(node, field)).collect();
                if values.is_empty() {
                    continue;
                }
                let mut statement = Statement::new("SELECT id, region, ");
                statement.push(field).push(" FROM nodes WHERE organization_id = ");
                statement.push_value(self.reach.organization.as_uuid()).push(condition);
                statement.push(" AND ").push(field).push(" IN ").push_values(values);
                let rows: Vec<(Uuid, Option<String>, String)> =
                    self.run.rows(StatementName::NodesRivals, statement).await?;
                for (id, region, value) in rows {
                    let id = NodeId::from_uuid(id);
                    let is_same = |node: &Node| {
                        node.id != id
                            && unique(node, field) == Some(&value)
                            && (field != "address"
                                || node.region.as_ref().map(Detail::as_str) == region.as_deref())
                    };
                    let same = nodes.iter().enumerate().filter(|(_, node)| is_same(node));
                    rivals.extend(same.map(|(at, _)| (n * NODES_AT_ONCE + at, Rival { field, id })));
                }
            }
        }
        Ok(rivals)
    }

    /// Finds other nodes whose folded names equal that of one of `nodes`. A node that is stored already and
    /// keeps its name is not reported, so that existing pairs may stay.
    async fn rivals_by_name(&mut self, nodes: &[&Node]) -> Result<Vec<(usize, Rival)>> {
        let folded: Vec<String> = nodes.iter().map(|node| node.name.folded()).collect();
        const SELECT: &str = "SELECT id, name, folded_name FROM nodes WHERE organization_id = ";
        let organization = self.reach.organization.as_uuid();
        let mut statement = Statement::new(SELECT);
        statement.push_value(organization);
        statement.push(" AND folded_name IN ").push_values(folded.iter().map(String::as_str));
        // With `OR`, SQLite would read all nodes of the organization.
        statement.push(" UNION ").push(SELECT).push_value(organization);
        statement.push(" AND id IN ").push_values(nodes.iter().map(|node| node.id.as_uuid()));
        let rows: Vec<(Uuid, String, Option<String>)> =
            self.run.rows(StatementName::NodesRivalsByName, statement).await?;
        let mut rivals = Vec::new();
        for (at, (node, folded)) in nodes.iter().zip(&folded).enumerate() {
            let keeps =
                |(id, name, _): &(Uuid, String, _)| *id == node.id.as_uuid() && *name == node.name.as_str();
            let mut others = rows
                .iter()
                .filter(|(id, _, other)| *id != node.id.as_uuid() && other.as_ref() == Some(folded));
            if !rows.iter().any(keeps)
                && let Some((id, ..)) = others.next()
            {
                rivals.push((at, Rival { field: "name", id: NodeId::from_uuid(*id) }));
            }
        }
        Ok(rivals)
    }
}

/// A row of [`Nodes::target_nodes_of`]: the id, the type, the site, the host, the labels and the searchable text.
type TargetNodeRow = (Uuid, String, Option<Uuid>, Option<Uuid>, Json<Labels>, String);

fn target_node((id, kind, site, host, labels, searchable): TargetNodeRow) -> Result<TargetNode> {
    Ok(TargetNode {
        id: NodeId::from_uuid(id),
        kind: kind.parse().or_corrupt(TABLE, "type")?,
        site_id: site.map(SiteId::from_uuid),
        host_id: host.map(NodeId::from_uuid),
        labels: labels.0,
        searchable,
    })
}

fn summaries(rows: Vec<(Uuid, String)>) -> Result<Vec<NodeSummary>> {
    let summary = |(id, name): (Uuid, String)| {
        Ok(NodeSummary { id: NodeId::from_uuid(id), name: name.parse().or_corrupt(TABLE, "name")? })
    };
    rows.into_iter().map(summary).collect()
}

/// The row that a name refers to: the one that is spelled exactly like it, or else the only one.
fn pick<T>(name: &NodeName, mut rows: Vec<T>, of: impl Fn(&T) -> &str) -> Result<Option<T>> {
    if let Some(at) = rows.iter().position(|row| of(row) == name.as_str()) {
        return Ok(Some(rows.swap_remove(at)));
    }
    if rows.len() > 1 {
        let mut names: Vec<String> = rows.iter().map(|row| of(row).to_owned()).collect();
        names.sort_unstable();
        return Err(Error::Ambiguous(names));
    }
    Ok(rows.pop())
}

/// A value of a node that no other node may have; an address must be unique only within its region.
fn unique<'n>(node: &'n Node, field: &str) -> Option<&'n str> {
    match field {
        "container_id" => node.container_id.as_ref().map(Detail::as_str),
        _ => node.region.as_ref().and(node.address.as_ref()).map(Address::as_str),
    }
}

/// A node's id, its value of the sort column, and its labels, as the label table stores them.
fn labelled(node: &Node) -> (Uuid, Value, &Labels) {
    (node.id.as_uuid(), node.name.as_str().into(), &node.labels)
}

impl Nodes<'_, &mut Tx> {
    /// Inserts a node. [`Error::Taken`] if its name or another unique value is taken; [`Error::InUse`] if
    /// its site or host does not exist.
    pub async fn create(&mut self, node: &Node) -> Result<()> {
        self.create_many(std::slice::from_ref(node)).await
    }

    /// Inserts many nodes. A host must precede the nodes that run on it.
    pub async fn create_many(&mut self, nodes: &[Node]) -> Result<()> {
        let organization = self.reach.organization;
        for nodes in nodes.chunks(NODES_AT_ONCE) {
            self.run.create_rows::<NodeRow>(organization, nodes).await?;
            let mut numbers = Statement::new("INSERT INTO node_numbers (node_id) VALUES ");
            numbers.push_rows(nodes.iter().map(|node| [node.id.as_uuid()]));
            self.run.execute(StatementName::NodesNumber, numbers).await?;
            let labelled = nodes.iter().map(labelled);
            LABELS.add(self.run, organization, labelled).await?;
        }
        Ok(())
    }

    /// Updates a node that was read at revision `from`. [`Error::Changed`] if its revision is another by
    /// now; otherwise the same errors as [`create`](Self::create).
    pub async fn update(&mut self, node: &Node, from: Revision) -> Result<()> {
        self.update_many(&[(node, from)]).await
    }

    /// Updates many nodes, each with the revision at which it was read. No node may occur twice.
    pub async fn update_many(&mut self, nodes: &[(&Node, Revision)]) -> Result<()> {
        let organization = self.reach.organization;
        for nodes in nodes.chunks(NODES_AT_ONCE) {
            let sites = nodes.iter().map(|(node, _)| (node.id, node.site_id));
            self.run.nodes_will_be_at(organization, sites).await?;
            self.run.update_rows::<NodeRow>(organization, nodes).await?;
            let labelled = nodes.iter().map(|(node, _)| labelled(node)).collect();
            LABELS.replace(self.run, organization, labelled).await?;
        }
        let ids: Vec<NodeId> = nodes.iter().map(|(node, _)| node.id).collect();
        self.run.desired_changed(organization, &Whose::ConcerningNodes(&ids)).await
    }

    /// Clears the site of the nodes that match a filter. Returns how many were changed.
    pub async fn leave_site(&mut self, filter: &NodeFilter, now: Timestamp) -> Result<u64> {
        let organization = self.reach.organization;
        let which = self.select(&["id AS node_id, 0 AS first_at, 9223372036854775807 AS last_at"], None);
        let which = which.and_all(node_filter::conditions(filter, organization)).and(SITE.present());
        self.run.production_changed_of(organization, &which.statement()).await?;
        self.detach("UPDATE nodes SET site_id = NULL", filter, now).await
    }

    /// Clears the host of the nodes that match a filter. Returns how many were changed.
    pub async fn leave_host(&mut self, filter: &NodeFilter, now: Timestamp) -> Result<u64> {
        self.detach("UPDATE nodes SET host_id = NULL", filter, now).await
    }

    async fn detach(&mut self, set: &'static str, filter: &NodeFilter, now: Timestamp) -> Result<u64> {
        let which =
            self.select(&["id"], None).and_all(node_filter::conditions(filter, self.reach.organization));
        let mut statement = Statement::new(set);
        statement.push(", revision = revision + 1, updated_at = ").push_value(now.as_micros());
        statement.push(" WHERE id IN (").push_statement(&which.statement()).push(")");
        self.run.execute(StatementName::NodesDetach, statement).await
    }

    /// Deletes a node that was read at revision `from`. [`Error::InUse`] while other nodes run on it.
    pub async fn delete(&mut self, id: NodeId, from: Revision) -> Result<()> {
        self.run.delete_row::<NodeRow>(self.reach.organization, id.as_uuid(), from).await
    }
}
