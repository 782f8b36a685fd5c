//! What a report asks for: a time, metrics, groups and nodes.

use bailiwick_domain::calendar::LocalDate;
use bailiwick_domain::meaning::job::JobOperationRef;
use bailiwick_domain::meaning::operator::OperatorRef;
use bailiwick_domain::name::Name;
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::search::Search;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::SiteRef;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::shape::format::Format;
use schemars::JsonSchema;
use serde::Deserialize;

use super::FILTERED_MAX;
use super::chosen::Choice;
use super::dimension::{Dimension, LEVELS_MAX};
use super::parts::AskedParts;
use super::period::Asked;
use super::query::Layout;

/// What a report asks for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct AskedReport {
    /// The first production day; by default, six days before the last.
    first_day: Option<LocalDate>,
    /// The last production day; by default, today.
    last_day: Option<LocalDate>,
    /// From this time on, instead of days.
    from: Option<Timestamp>,
    /// Up to, but without, this time; by default, until now.
    until: Option<Timestamp>,
    /// So many production days, today included, instead of dates; by default 7.
    last_days: Option<u32>,
    /// The metrics. An unknown one is refused with a list of those that exist.
    pub(super) metrics: Option<Vec<String>>,
    /// What the report is grouped by, from the outermost level to the innermost.
    #[schemars(length(max = LEVELS_MAX))]
    pub(super) group_by: Option<Vec<Dimension>>,
    /// Only these nodes, by id or name.
    #[schemars(length(max = FILTERED_MAX))]
    nodes: Option<Vec<NodeRef>>,
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at these sites, by id or name.
    #[schemars(length(max = FILTERED_MAX))]
    sites: Option<Vec<SiteRef>>,
    /// Only nodes of this type.
    #[serde(rename = "type")]
    kind: Option<NodeType>,
    /// Only nodes that run on this one, by id or name.
    host: Option<NodeRef>,
    /// Only nodes whose name, address, container name or serial number contains all of these words, in any case.
    search: Option<Search>,
    /// Only nodes that have this status now.
    status: Option<NodeStatus>,
    /// Only the time in these shifts.
    #[schemars(length(max = FILTERED_MAX))]
    shifts: Option<Vec<Name>>,
    /// Only the time in which these job operations ran, by id or name. Of several with the same name, all count.
    #[schemars(length(max = FILTERED_MAX))]
    job_operations: Option<Vec<JobOperationRef>>,
    /// Only the time in which these operators were signed in, by id, name or number. Of several with the same name, all
    /// count.
    #[schemars(length(max = FILTERED_MAX))]
    operators: Option<Vec<OperatorRef>>,
    /// How the groups are arranged.
    pub(super) layout: Option<Layout>,
    /// Rows as text in this format. If absent, the one in `Accept`.
    pub(super) format: Option<Format>,
}

impl AskedReport {
    /// The members that say the time.
    pub(super) const fn time(&self) -> Asked {
        let Self { first_day, last_day, from, until, last_days, .. } = self;
        Asked {
            first_day: *first_day,
            last_day: *last_day,
            from: *from,
            until: *until,
            last_days: *last_days,
        }
    }

    /// The members that say which nodes.
    pub(super) fn nodes(&self) -> Choice<'_> {
        Choice {
            nodes: self.nodes.as_deref(),
            sites: self.sites.as_deref(),
            labels: self.labels.clone(),
            kind: self.kind,
            host: self.host.as_ref(),
            search: self.search.clone(),
            status: self.status,
        }
    }

    /// The members that say which parts of days.
    pub(super) fn parts(&self) -> AskedParts<'_> {
        AskedParts {
            shifts: self.shifts.as_deref(),
            job_operations: self.job_operations.as_deref(),
            operators: self.operators.as_deref(),
        }
    }
}

/// Refuses dimensions that are too many, or there twice.
pub(super) fn check_dimensions(dimensions: &[Dimension]) -> Result<()> {
    if dimensions.len() > LEVELS_MAX {
        return Err(Error::invalid("group_by", format!("expected at most {LEVELS_MAX} dimensions")));
    }
    for (n, dimension) in dimensions.iter().enumerate() {
        if dimensions.iter().take(n).any(|other| other == dimension) {
            return Err(Error::invalid(format!("group_by[{n}]"), "expected each dimension once"));
        }
    }
    Ok(())
}
