//! What machines do now.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use bailiwick_domain::cursor::{BadCursor, Cursor, Mark};
use bailiwick_domain::id::{JobOperationId, NodeId, OperatorId, SiteId};
use bailiwick_domain::node::{NodeName, NodeRef, NodeType};
use bailiwick_domain::observations::column::{Column, Values};
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::value::{AlarmLevel, Word};
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::slices::{LastStatus, last_status};
use bailiwick_domain::span::Span;
use bailiwick_domain::status::Status;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::{Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chosen::ChosenNodes;
use crate::days::load::{Loaded, Loading};
use crate::{TAG, ids, noun};

/// How far back the beginning of a status is looked for, in seconds: a day.
const LOOKED_BACK_SECONDS: i64 = 86_400;
/// How many machines are read together.
const MACHINES_AT_ONCE: usize = 64;
/// The most alarms that are shown of one machine.
const ALARMS_MAX: usize = 100;
/// The name of the order of machines: by name.
const ORDER: &str = "name";

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::MACHINE, &[erase::<StatusOfMachines>()]).built_in(BuiltIn::Reads);

/// Show what each machine does now, and since when.
///
/// A machine is a node of which machine data was ever received, other than metrics of its host.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatusOfMachines {
    /// Only this node, by id or name.
    node: Option<NodeRef>,
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at this site, by id or name.
    site: Option<SiteRef>,
    /// Only nodes of this type.
    #[serde(rename = "type")]
    node_type: Option<NodeType>,
    /// Only nodes that run on this one, by id or name.
    host: Option<NodeRef>,
    /// Only nodes whose name, address, container name or serial number contains all of these words, in any case.
    search: Option<Search>,
    /// The most machines on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

/// What a machine does now.
#[derive(Debug, Serialize, JsonSchema)]
struct MachineStatus {
    /// The node.
    node_id: NodeId,
    /// Its name.
    name: NodeName,
    /// The site it is at.
    site_id: Option<SiteId>,
    /// What it does.
    status: Status,
    /// Since when it does so.
    since: Timestamp,
    /// Whether it has done so for even longer. A status other than `no_data` is followed back for 24 hours.
    longer: bool,
    /// When it was last heard; null if that was more than a day ago and it only sends numbers.
    last_heard_at: Option<Timestamp>,
    /// The alarms that are on, the most severe ones first; at most 100.
    alarms: Vec<ActiveAlarm>,
    /// The job operation that runs.
    job_operation_id: Option<JobOperationId>,
    /// The operator who is signed in.
    operator_id: Option<OperatorId>,
    /// The reason that an annotation gives for what happens now.
    reason: Option<String>,
}

/// An alarm that is on.
#[derive(Debug, Serialize, JsonSchema)]
struct ActiveAlarm {
    /// The metric.
    metric: MetricKey,
    /// The code by which the machine names it.
    code: Word,
    /// How severe it is.
    level: AlarmLevel,
    /// Since when it is on.
    since: Timestamp,
}

impl Operation for StatusOfMachines {
    const SPEC: Spec = Spec::read(ids::MACHINES_STATUS, "/v1/machines/status")
        .tag(TAG)
        .computes()
        .columns(&["name", "status", "since", "last_heard_at", "reason", "node_id"]);
    type Output = Page<MachineStatus>;

    async fn run(self, cx: &Cx) -> Result<Page<MachineStatus>> {
        let reach = cx.organization_reach()?;
        let chosen = ChosenNodes {
            node: self.node.as_ref(),
            labels: self.labels,
            site: self.site.as_ref(),
            kind: self.node_type,
            host: self.host.as_ref(),
            search: self.search,
            status: None,
        };
        let chosen = chosen.ids(cx, &reach).await?;
        let machines = cx.observations().nodes_with_machines(reach.organization, chosen.as_deref()).await?;
        let mut named: Vec<(String, NodeId, NodeName)> = Vec::new();
        for node in cx.store().nodes(&reach).names_of(&machines).await? {
            named.push((node.name.as_str().to_lowercase(), node.id, node.name));
        }
        named.sort_unstable_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let first = match &self.cursor {
            None => 0,
            Some(cursor) => {
                let (name, id) = place(cursor)?;
                named.partition_point(|(folded, node, _)| (folded.as_str(), *node) <= (name, id))
            }
        };
        let most = self.limit.unwrap_or_default().get() as usize;
        let has_more = named.len() > first.saturating_add(most);
        let page: Vec<(String, NodeId, NodeName)> = named.into_iter().skip(first).take(most).collect();
        let last = page.last().filter(|_| has_more);
        let next_cursor =
            last.map(|(name, id, _)| Cursor::after(ORDER, Mark::Text(name.clone()), id.to_string()));
        Ok(Page::new(statuses(cx, &reach, page).await?, next_cursor))
    }
}

/// The name and the id after which a page begins.
fn place(cursor: &Cursor) -> Result<(&str, NodeId)> {
    match (cursor.mark(), cursor.id().parse()) {
        (Mark::Text(name), Ok(id)) if cursor.sort() == ORDER => Ok((name, id)),
        _ => Err(Error::invalid("cursor", BadCursor.to_string())),
    }
}

async fn statuses(
    cx: &Cx,
    reach: &OrganizationReach,
    page: Vec<(String, NodeId, NodeName)>,
) -> Result<Vec<MachineStatus>> {
    let now = cx.now();
    let ids: Vec<NodeId> = page.iter().map(|(_, id, _)| *id).collect();
    let sites: HashMap<NodeId, Option<SiteId>> =
        cx.store().nodes(reach).sites_of(&ids).await?.into_iter().collect();
    let from = now.plus_seconds(-LOOKED_BACK_SECONDS);
    let observations = cx.observations();
    let organization = reach.organization;
    let of = Loading {
        store: cx.store(),
        observations: &observations,
        organization,
        span: Span::new(from, now),
        with_parts: false,
        now,
    };
    let (mut found, mut alarms) = (HashMap::new(), HashMap::new());
    for ids in ids.chunks(MACHINES_AT_ONCE) {
        found.extend(of.nodes(ids).await?);
        alarms.extend(active(of.alarms(ids).await?));
    }
    let view = |(_, node_id, name): (String, NodeId, NodeName)| {
        let Loaded { history, heard_at } = found.remove(&node_id)?;
        let LastStatus { status, since } = last_status(&history, from);
        let history = history.get();
        let run = history.runs.iter().rev().find(|run| run.span.contains(now));
        let operator = history.operators.iter().rev().find(|run| run.span.contains(now));
        let annotation = history.annotations.iter().rev().find(|annotation| annotation.span.contains(now));
        // Without data since the last contact, however long ago that was.
        let lost_at = heard_at.filter(|at| status == Status::NoData && *at < since);
        Some(MachineStatus {
            node_id,
            name,
            site_id: sites.get(&node_id).copied().flatten(),
            status,
            since: lost_at.unwrap_or(since),
            longer: since == from && lost_at.is_none(),
            last_heard_at: heard_at,
            alarms: alarms.remove(&node_id).unwrap_or_default(),
            job_operation_id: run.map(|run| run.operation),
            operator_id: operator.map(|run| run.operator),
            reason: annotation.map(|annotation| annotation.reason.as_str().to_owned()),
        })
    };
    Ok(page.into_iter().filter_map(view).collect())
}

/// The alarms that are on, by node.
fn active(columns: Vec<Column>) -> HashMap<NodeId, Vec<ActiveAlarm>> {
    let mut on: BTreeMap<(NodeId, MetricKey, Word), ActiveAlarm> = BTreeMap::new();
    for column in columns {
        let Values::Alarm { words, places } = &column.values else { continue };
        for (at, (place, is_on)) in column.times.iter().zip(places) {
            let Some((code, level)) = usize::try_from(*place).ok().and_then(|place| words.get(place)) else {
                continue;
            };
            let key = (column.node, column.metric.key.clone(), code.clone());
            if *is_on {
                let (metric, code) = (key.1.clone(), code.clone());
                let alarm = on.entry(key).or_insert(ActiveAlarm { metric, code, level: *level, since: *at });
                alarm.level = *level;
            } else {
                on.remove(&key);
            }
        }
    }
    let mut by_node: HashMap<NodeId, Vec<ActiveAlarm>> = HashMap::new();
    for ((node, ..), alarm) in on {
        by_node.entry(node).or_default().push(alarm);
    }
    for alarms in by_node.values_mut() {
        alarms.sort_by_key(|alarm| Reverse(alarm.level));
        alarms.truncate(ALARMS_MAX);
    }
    by_node
}
