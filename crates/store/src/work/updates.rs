//! Available updates of nodes, as found by their last scans.

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{CommandId, NodeId, OrganizationId};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::page::Page;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::update::{
    LastScan, NodeUpdate, Severity, Update, UpdateName, UpdateScan, UpdateSummary,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{Error, OrCorrupt as _, Result};
use crate::inventory::node_filter;
use crate::inventory::nodes::{Nodes, in_reach};
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Fixed, Select};
use crate::sql::statement::{Statement, Value};
use crate::table::few::first_few;
use crate::table::list::{List, PageRequest};
use crate::table::order::{ColumnKind, InList, Listed, SortColumn, listed};

const TABLE: &str = "node_updates";

const ORGANIZATION: Field<OrganizationId> = Field::new("u.organization_id");
const NAME: Field<UpdateName> = Field::new("u.name");
const SECURITY: Field<bool> = Field::new("u.security");
const SEVERITY: Field<Severity> = Field::new("u.severity");
/// The id of a row of `nodes`.
const ID: Field<NodeId> = Field::new("nodes.id");
const SCAN_ORGANIZATION: Field<OrganizationId> = Field::new("s.organization_id");

/// Filter for lists of updates. Every field that is set narrows the list.
#[derive(Clone, Debug, Default)]
pub struct UpdateFilter {
    /// Updates with this name.
    pub name: Option<UpdateName>,
    /// Only security updates, or only others.
    pub security: Option<bool>,
    /// Updates of at least this severity, if their source states one.
    pub severity: Option<Severity>,
}

impl UpdateFilter {
    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = self.name.iter().map(|name| NAME.is(name)).collect();
        conditions.extend(self.security.map(|security| SECURITY.is(&security)));
        conditions.extend(
            self.severity
                .map(|least| SEVERITY.one_of(Severity::ALL.iter().filter(|severity| **severity >= least))),
        );
        conditions
    }
}

#[derive(sqlx::FromRow)]
struct UpdateRow {
    node_id: Uuid,
    number: i64,
    name: String,
    title: Option<String>,
    installed_version: Option<String>,
    available_version: Option<String>,
    architecture: Option<String>,
    origin: Option<String>,
    security: bool,
    severity: Option<String>,
    links: Json<Vec<String>>,
}

const COLUMNS: &str = "u.node_id, u.number, u.name, u.title, u.installed_version, u.available_version, \
    u.architecture, u.origin, u.security, u.severity, u.links";

impl TryFrom<UpdateRow> for Update {
    type Error = Error;

    fn try_from(row: UpdateRow) -> Result<Self> {
        let severity = row.severity.map(|text| Severity::parse(&text).or_corrupt(TABLE, "severity"));
        Ok(Self {
            name: row.name,
            title: row.title,
            installed_version: row.installed_version,
            available_version: row.available_version,
            architecture: row.architecture,
            origin: row.origin,
            security: row.security,
            severity: severity.transpose()?,
            references: row.links.0,
        })
    }
}

#[derive(sqlx::FromRow)]
struct NodeUpdateRow {
    node_name: String,
    scanned_at: i64,
    #[sqlx(flatten)]
    update: UpdateRow,
}

impl TryFrom<NodeUpdateRow> for NodeUpdate {
    type Error = Error;

    fn try_from(row: NodeUpdateRow) -> Result<Self> {
        Ok(Self {
            node_id: NodeId::from_uuid(row.update.node_id),
            node_name: row.node_name.parse().or_corrupt("nodes", "name")?,
            scanned_at: Timestamp::from_micros(row.scanned_at),
            update: row.update.try_into()?,
        })
    }
}

/// A number of an update in its scan.
type Number = i64;

listed! {
    /// What the updates of one node can be sorted by.
    pub UpdatesOfNodeBy: UpdateRow by Number in "u.number", field number;
    /// The number in the scan, which is in the order of the names.
    Number = "number": Id,
}

/// What the updates of all nodes can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdatesBy {
    /// The name, then the node, then the number in the node's scan.
    Name,
}

impl SortColumn for UpdatesBy {
    const ALL: &'static [Self] = &[Self::Name];

    fn name(self) -> &'static str {
        "name"
    }
}

impl Listed for UpdatesBy {
    const ID: &'static [&'static str] = &["u.node_id", "u.number"];

    fn kind(self) -> ColumnKind {
        ColumnKind::Text
    }

    fn qualified(self) -> &'static str {
        "u.name"
    }

    fn id_values(text: &str) -> Option<Vec<Value>> {
        let (node, number) = text.split_once('/')?;
        Some(vec![node.parse::<Uuid>().ok()?.into(), number.parse::<i64>().ok()?.into()])
    }
}

impl InList<UpdatesBy> for NodeUpdateRow {
    fn mark(&self, UpdatesBy::Name: UpdatesBy) -> Mark {
        Mark::Text(self.update.name.clone())
    }

    fn id(&self) -> String {
        format!("{}/{}", self.update.node_id, self.update.number)
    }
}

/// Access to the updates of the nodes in a reach.
pub struct Updates<'a, R> {
    run: R,
    reach: &'a OrganizationReach,
}

impl Store {
    /// Reads the updates of the nodes in a reach.
    pub const fn updates<'a>(&'a self, reach: &'a OrganizationReach) -> Updates<'a, &'a Self> {
        Updates::new(self, reach)
    }
}

impl<'a, R: Run> Updates<'a, R> {
    /// Reads the updates of the nodes in a reach on a store or in a transaction.
    pub(crate) const fn new(run: R, reach: &'a OrganizationReach) -> Self {
        Self { run, reach }
    }

    /// The last scan of a node, if the node is in reach and was ever scanned.
    pub async fn last_scan(&mut self, node: NodeId) -> Result<Option<LastScan>> {
        let select = Select::new(
            "s.source, s.scanned_at, s.command_id, s.update_count, s.security_count, s.reboot_required, \
             s.refreshed",
            "nodes JOIN node_update_scans s ON s.node_id = nodes.id",
            ID.is(&node),
        );
        let statement = select.and_all(in_reach(self.reach)).statement();
        type Row = (String, i64, Option<Uuid>, i64, i64, bool, bool);
        let row: Option<Row> = self.run.row(StatementName::UpdatesLastScan, statement).await?;
        let Some((source, at, command, updates, security, reboot_required, refreshed)) = row else {
            return Ok(None);
        };
        let count = |count: i64| u32::try_from(count).or_corrupt("node_update_scans", "update_count");
        Ok(Some(LastScan {
            source: source.parse().or_corrupt("node_update_scans", "source")?,
            scanned_at: Timestamp::from_micros(at),
            command_id: command.map(CommandId::from_uuid),
            update_count: count(updates)?,
            security_count: count(security)?,
            reboot_required,
            refreshed,
        }))
    }

    /// A page of the updates of a node; empty if the node is out of reach.
    pub async fn of_node(
        &mut self,
        node: NodeId,
        filter: &UpdateFilter,
        list: List<UpdatesOfNodeBy>,
    ) -> Result<Page<Update>> {
        let tables = "nodes JOIN node_updates u ON u.node_id = nodes.id";
        let select = Select::new(COLUMNS, tables, ID.is(&node));
        let select = select.and_all(in_reach(self.reach)).and_all(filter.conditions());
        let page = PageRequest::of(&list)?.page_of(select);
        page.page::<_, UpdateRow, _>(StatementName::UpdatesOfNode, &mut self.run).await
    }

    /// A page of the updates of all nodes that match `nodes`.
    pub async fn list(
        &mut self,
        filter: &UpdateFilter,
        nodes: &NodeFilter,
        list: List<UpdatesBy>,
    ) -> Result<Page<NodeUpdate>> {
        // With a name, the query starts at the updates of that name instead.
        let few = match filter.name {
            Some(_) => None,
            None => {
                let candidates = Nodes::new(&mut self.run, self.reach).candidates(nodes);
                first_few(StatementName::UpdatesCountFew, &mut self.run, candidates).await?
            }
        };
        let columns = &["nodes.name AS node_name, s.scanned_at, ", COLUMNS];
        // Both databases keep the order of such a join.
        let tables = "node_updates u CROSS JOIN nodes CROSS JOIN node_update_scans s";
        const JOINED: Fixed = Fixed::new("nodes.id = u.node_id AND s.node_id = u.node_id");
        const AT_FEW: Fixed = Fixed::new("u.node_id = few_id");
        let select = match &few {
            Some(few) => Select::at(columns, few, tables, JOINED).and(AT_FEW),
            None => Select::of(columns, tables, JOINED),
        };
        let organization = self.reach.organization;
        let select = select.and(ORGANIZATION.is(&organization)).and_all(in_reach(self.reach));
        let select =
            select.and_all(node_filter::conditions(nodes, organization)).and_all(filter.conditions());
        let page = PageRequest::of(&list)?.page_of(select);
        page.page::<_, NodeUpdateRow, _>(StatementName::UpdatesList, &mut self.run).await
    }

    /// Counts of updates over the nodes that match `nodes`.
    pub async fn summary(&mut self, nodes: &NodeFilter) -> Result<UpdateSummary> {
        // The sum of no rows is null, and PostgreSQL returns sums as decimal numbers.
        let select = Select::new(
            "count(*), \
             CAST(coalesce(sum(CASE WHEN s.update_count > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(coalesce(sum(CASE WHEN s.security_count > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(coalesce(sum(CASE WHEN s.reboot_required THEN 1 ELSE 0 END), 0) AS BIGINT), \
             CAST(coalesce(sum(s.update_count), 0) AS BIGINT), \
             CAST(coalesce(sum(s.security_count), 0) AS BIGINT), min(s.scanned_at)",
            "node_update_scans s JOIN nodes ON nodes.id = s.node_id",
            SCAN_ORGANIZATION.is(&self.reach.organization),
        );
        let select = select
            .and_all(in_reach(self.reach))
            .and_all(node_filter::conditions(nodes, self.reach.organization));
        type Sums = (i64, i64, i64, i64, i64, i64, Option<i64>);
        let (nodes, pending, security, reboot, updates, holes, oldest): Sums =
            self.run.row(StatementName::UpdatesSummary, select.statement()).await?.unwrap_or_default();
        let count = i64::unsigned_abs;
        Ok(UpdateSummary {
            nodes_scanned: count(nodes),
            nodes_with_updates: count(pending),
            nodes_with_security_updates: count(security),
            nodes_to_reboot: count(reboot),
            updates: count(updates),
            security_updates: count(holes),
            oldest_scan_at: oldest.map(Timestamp::from_micros),
        })
    }
}

/// How many updates the last scan of a node found, if it is newer than the last scan of another node, to which it
/// can then be moved.
pub async fn newer_scan<R: Run>(mut run: R, from: NodeId, than: NodeId) -> Result<Option<i64>> {
    let mut statement =
        Statement::new("SELECT node_id, scanned_at, update_count FROM node_update_scans WHERE node_id IN ");
    statement.push_values([from.as_uuid(), than.as_uuid()]);
    let rows: Vec<(Uuid, i64, i64)> = run.rows(StatementName::UpdatesScansOfTwo, statement).await?;
    let of = |node: NodeId| rows.iter().find(|(id, ..)| *id == node.as_uuid());
    let is_newer = |(_, at, _): &&(Uuid, i64, i64)| of(than).is_none_or(|(_, other, _)| at > other);
    Ok(of(from).filter(is_newer).map(|(.., count)| *count))
}

impl Tx {
    /// Moves the last scan of a node, with the updates that it found, to another node, unless that one was scanned
    /// later.
    pub async fn move_scan(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        if newer_scan(&mut *self, from, to).await?.is_none() {
            return Ok(());
        }
        let statement = Statement::new("DELETE FROM node_update_scans WHERE node_id = $1").bind(to.as_uuid());
        self.execute(StatementName::UpdatesClearScan, statement).await?;
        let statement = Statement::new(
            "INSERT INTO node_update_scans (node_id, organization_id, source, scanned_at, command_id, \
             update_count, security_count, reboot_required, refreshed) \
             SELECT $2, organization_id, source, scanned_at, command_id, update_count, security_count, \
             reboot_required, refreshed FROM node_update_scans WHERE node_id = $1",
        )
        .bind(from.as_uuid())
        .bind(to.as_uuid());
        self.execute(StatementName::UpdatesMoveScan, statement).await?;
        let statement = Statement::new("UPDATE node_updates SET node_id = $2 WHERE node_id = $1")
            .bind(from.as_uuid())
            .bind(to.as_uuid());
        self.execute(StatementName::UpdatesMove, statement).await?;
        Ok(())
    }

    /// Replaces the updates of a node by what a scan found. Returns false if the node does not exist any
    /// more. The caller must make sure that the scan comes from this node.
    pub async fn record_updates(
        &mut self,
        node: NodeId,
        command: Option<CommandId>,
        scan: UpdateScan,
        now: Timestamp,
    ) -> Result<bool> {
        let (count, security_count) = (number(scan.updates.len()), number(scan.security_count()));
        let UpdateScan { source, updates, reboot_required, refreshed } = scan.bounded();
        // The row of the node's scan is written first, so that of two concurrent scans the second waits for
        // it.
        let mut scan = Statement::new(
            "INSERT INTO node_update_scans (node_id, organization_id, source, scanned_at, command_id, \
             update_count, security_count, reboot_required, refreshed) SELECT id, organization_id, ",
        );
        scan.push_value(source.as_str()).push(", ").push_value(now.as_micros()).push(", ");
        scan.push_value(command.map(CommandId::as_uuid)).push(", ");
        scan.push_value(count).push(", ").push_value(security_count).push(", ");
        scan.push_value(reboot_required).push(", ").push_value(refreshed);
        scan.push(" FROM nodes WHERE id = ").push_value(node.as_uuid());
        scan.push(
            " ON CONFLICT (node_id) DO UPDATE SET source = excluded.source, \
             scanned_at = excluded.scanned_at, command_id = excluded.command_id, \
             update_count = excluded.update_count, security_count = excluded.security_count, \
             reboot_required = excluded.reboot_required, refreshed = excluded.refreshed \
             RETURNING organization_id",
        );
        let Some((organization,)) = self.row::<(Uuid,)>(StatementName::UpdatesRecordScan, scan).await? else {
            return Ok(false);
        };
        let gone = Statement::new("DELETE FROM node_updates WHERE node_id = $1").bind(node.as_uuid());
        self.execute(StatementName::UpdatesClear, gone).await?;
        let rows = updates.into_iter().enumerate().map(|(at, update)| {
            let Update {
                name,
                title,
                installed_version,
                available_version,
                architecture,
                origin,
                security,
                severity,
                references,
            } = update;
            [
                node.as_uuid().into(),
                organization.into(),
                number(at).into(),
                name.into(),
                title.into(),
                installed_version.into(),
                available_version.into(),
                architecture.into(),
                origin.into(),
                security.into(),
                severity.map(Severity::as_str).into(),
                Value::json(&references),
            ]
        });
        self.insert(
            StatementName::UpdatesRecord,
            "INSERT INTO node_updates (node_id, organization_id, number, name, title, installed_version, \
             available_version, architecture, origin, security, severity, links) VALUES ",
            rows.collect(),
        )
        .await?;
        Ok(true)
    }
}

/// Converts a count to the type of the database.
fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
