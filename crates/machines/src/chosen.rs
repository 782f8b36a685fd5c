//! The choice of series in a query: nodes, metrics and a time.

use std::collections::BTreeSet;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::observations::kind::Kind;
use bailiwick_domain::observations::metric::MetricKey;
use bailiwick_domain::observations::series::Series;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_operations::references::find_node;
use bailiwick_store::{Observations, SeriesFilter, Window};

use crate::metric_keys::MetricKeys;

/// The most nodes of one query.
pub(crate) const NODES_MAX: u32 = 100_000;
/// The most series of one query.
const SERIES_MAX: u32 = 100_000;
/// In how many series the metrics are looked for that an error names.
pub(crate) const KNOWN_SERIES: u32 = 1_000;
/// How many metrics an error names.
pub(crate) const KNOWN_SHOWN: usize = 20;

/// Which nodes a query is about: those that meet all members that are there.
pub(crate) struct ChosenNodes<'a> {
    pub(crate) node: Option<&'a NodeRef>,
    pub(crate) labels: Option<Selector>,
    pub(crate) site: Option<&'a SiteRef>,
    pub(crate) kind: Option<NodeType>,
    pub(crate) host: Option<&'a NodeRef>,
    pub(crate) search: Option<Search>,
    pub(crate) status: Option<NodeStatus>,
}

impl ChosenNodes<'_> {
    /// The ids of the nodes, in the caller's reach; `None` for all of the organization, if the caller reaches all.
    pub(crate) async fn ids(self, cx: &Cx, reach: &OrganizationReach) -> Result<Option<Vec<NodeId>>> {
        let node = find_node(cx, reach, "node", self.node).await?;
        let mut filter = NodeFilter {
            labels: self.labels.unwrap_or_default(),
            kind: self.kind,
            host: find_node(cx, reach, "host", self.host).await?,
            search: self.search,
            status: self.status.map(|status| (status, cx.now())),
            ..NodeFilter::default()
        };
        if let Some(named) = self.site {
            let site = cx.store().sites(reach).find(named).await?;
            let missing = || Error::invalid("site", format!("there is no site {named}"));
            filter.site = Some(site.ok_or_else(missing)?.id);
        }
        if filter.is_empty() {
            match node {
                Some(node) => return Ok(Some(vec![node])),
                None if !reach.is_partial() => return Ok(None),
                None => {}
            }
        }
        filter.nodes = node.map(|node| [node].into());
        Ok(Some(ids_of(cx, reach, &filter, "labels").await?))
    }
}

/// Declares the input of an operation on what belongs to nodes: members that choose the nodes, and then its own. The
/// method `nodes` takes the choice.
macro_rules! of_chosen_nodes {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            /// Only those of this node, by id or name.
            node: Option<bailiwick_domain::node::NodeRef>,
            /// Only those of nodes whose labels match, as in `env=prod,!legacy`.
            labels: Option<bailiwick_domain::selector::Selector>,
            /// Only those of nodes at this site, by id or name.
            site: Option<bailiwick_domain::site::SiteRef>,
            /// Only those of nodes of this type.
            #[serde(rename = "type")]
            node_type: Option<bailiwick_domain::node::NodeType>,
            /// Only those of nodes that run on this one, by id or name.
            host: Option<bailiwick_domain::node::NodeRef>,
            /// Only those of nodes whose name, address, container name or serial number contains all of these words, in any case.
            search: Option<bailiwick_domain::search::Search>,
            /// Only those of nodes with this status.
            status: Option<bailiwick_domain::presence::NodeStatus>,
            $($own)*
        }

        impl $name {
            fn nodes(&self) -> $crate::chosen::ChosenNodes<'_> {
                $crate::chosen::ChosenNodes {
                    node: self.node.as_ref(),
                    labels: self.labels.clone(),
                    site: self.site.as_ref(),
                    kind: self.node_type.clone(),
                    host: self.host.as_ref(),
                    search: self.search.clone(),
                    status: self.status,
                }
            }
        }
    };
}

pub(crate) use of_chosen_nodes;

/// The ids of the nodes in reach that match a filter. `field` is named if they are too many.
pub(crate) async fn ids_of(
    cx: &Cx,
    reach: &OrganizationReach,
    filter: &NodeFilter,
    field: &str,
) -> Result<Vec<NodeId>> {
    let found = cx.store().nodes(reach).first(filter, NODES_MAX + 1).await?;
    if found.len() > NODES_MAX as usize {
        let detail = format!("expected at most {NODES_MAX} nodes: choose fewer by labels or a site");
        return Err(Error::invalid(field, detail));
    }
    Ok(found.into_iter().map(|node| node.id).collect())
}

/// The series of these nodes and metrics, in the order of their numbers.
pub(crate) async fn series(
    observations: &Observations,
    reach: &OrganizationReach,
    nodes: Option<Vec<NodeId>>,
    metrics: Option<MetricKeys>,
) -> Result<Vec<Series>> {
    let filter = SeriesFilter { nodes, metrics: metrics.map(|metrics| metrics.0), kind: None };
    matching(observations, reach, &filter).await
}

/// The series of these nodes and metrics that are of some kinds. A metric that none of the nodes has is an error, which
/// names metrics that they have.
pub(crate) async fn series_of_kinds(
    observations: &Observations,
    reach: &OrganizationReach,
    nodes: Option<Vec<NodeId>>,
    metrics: Option<MetricKeys>,
    kinds: &[Kind],
) -> Result<Vec<Series>> {
    let metrics = metrics.map(|metrics| metrics.0);
    let mut filter = SeriesFilter { nodes, metrics: metrics.clone(), kind: None };
    let mut found = Vec::new();
    for kind in kinds {
        filter.kind = Some(*kind);
        found.extend(matching(observations, reach, &filter).await?);
    }
    let has = |key: &MetricKey| found.iter().any(|series| series.metric.key == *key);
    let Some(missing) = metrics.into_iter().flatten().find(|key| !has(key)) else { return Ok(found) };
    filter.metrics = None;
    let mut known = BTreeSet::new();
    for kind in kinds {
        filter.kind = Some(*kind);
        let some = observations.series(reach.organization, &filter, None, KNOWN_SERIES).await?;
        known.extend(some.into_iter().map(|series| series.metric.key.to_string()));
    }
    // Nodes without any such metric are no mistake.
    if known.is_empty() {
        return Ok(found);
    }
    let known: Vec<String> = known.into_iter().take(KNOWN_SHOWN).collect();
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let (kinds, known) = (kinds.join(" or "), known.join(", "));
    Err(Error::invalid("metrics", format!("no node here has a {kinds} {missing}; they have: {known}")))
}

/// The series that match a filter, in the order of their numbers.
pub(crate) async fn matching(
    observations: &Observations,
    reach: &OrganizationReach,
    filter: &SeriesFilter,
) -> Result<Vec<Series>> {
    let found = observations.series(reach.organization, filter, None, SERIES_MAX + 1).await?;
    if found.len() > SERIES_MAX as usize {
        let detail = format!("expected at most {SERIES_MAX} series: choose fewer nodes or metrics");
        return Err(Error::invalid("metrics", detail));
    }
    Ok(found)
}

/// A window of time. Without an end it is until now, and without a beginning for a day.
pub(crate) fn window(cx: &Cx, from: Option<Timestamp>, until: Option<Timestamp>) -> Result<Window> {
    // What machines sent a little early is included.
    let until = until.unwrap_or_else(|| cx.now().plus_seconds(3_600));
    let from = from.unwrap_or_else(|| until.plus_seconds(-90_000));
    if from >= until {
        return Err(Error::invalid("until", format!("expected a time after {from}, found {until}")));
    }
    Ok(Window { from, until })
}
