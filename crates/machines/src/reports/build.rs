//! Builds a report: sums the days of nodes in groups, and names what it mentions.

use std::collections::HashMap;
use std::sync::Arc;

use bailiwick_domain::calendar::ProductionDay;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::label::Labels;
use bailiwick_domain::sums::Sum;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::nodes::NodePlace;

use super::asked::{AskedReport, check_dimensions};
use super::cell_groups::CellGroups;
use super::dimension::Dimension;
use super::goals::Goals;
use super::grouping::{Grouping, Place};
use super::metrics::Shown;
use super::names;
use super::period::Period;
use super::query::ReportQuery;
use super::report::Report;
use crate::days::calendars::Calendars;
use crate::days::cells::{NODES_MIN, each_cell};
use crate::days::changes;
use crate::days::plan::{AskedDays, AskedNode};
use crate::days::summed::{Budget, each_day};

/// What a kind of report is about.
pub(super) struct Subject {
    /// Its metrics, unless the caller names others.
    pub(super) metrics: &'static [&'static str],
    /// What it is grouped by, unless the caller says otherwise.
    pub(super) group_by: &'static [Dimension],
    /// Only what has some of this is in a group. The total has everything.
    pub(super) with: Option<Sum>,
}

/// Builds a report.
pub(super) async fn build(cx: &Cx, asked: AskedReport, subject: &Subject) -> Result<Report> {
    let now = cx.now();
    let reach = cx.organization_reach()?;
    let organization = cx.organization().ok_or(Error::OrganizationRequired)?;
    let zone = organization.time_zone.clone();
    let calendars = Calendars::read(cx.store(), reach.organization, zone.clone()).await?;
    let today = calendars.of_all().date_of(now).ok_or(Error::internal("the clock is off"))?;
    let period = Period::of(&asked.time(), today, now)?;
    let shown = Shown::of(asked.metrics.as_deref(), subject.metrics)?;
    let dimensions = asked.group_by.clone().unwrap_or_else(|| subject.group_by.to_vec());
    check_dimensions(&dimensions)?;
    let parts = asked.parts().find(cx, &reach).await?;

    let chosen = asked.nodes().find(cx, &reach).await?;
    let observations = cx.observations();
    changes::take(cx.store(), &observations, reach.organization, now).await?;
    let mut machines = observations.nodes_with_machines(reach.organization, chosen.as_deref()).await?;
    let labels: Vec<_> = dimensions
        .iter()
        .filter_map(|dimension| if let Dimension::Label(name) = dimension { Some(name) } else { None })
        .collect();
    let places = if labels.is_empty() {
        let without_labels = |(id, site_id)| NodePlace { id, site_id, labels: Labels::default() };
        cx.store()
            .nodes(&reach)
            .sites_of(&machines)
            .await?
            .into_iter()
            .map(without_labels)
            .collect::<Vec<_>>()
    } else {
        cx.store().nodes(&reach).places_of(&machines).await?
    };
    let places: HashMap<NodeId, Place> = places
        .into_iter()
        .map(|place| {
            let value = |name: &&_| place.labels.get(name).map(|value| value.as_str().to_owned());
            let labels = labels.iter().map(value).collect();
            (place.id, Place { site: place.site_id, labels })
        })
        .collect();
    // Without what is out of reach or not asked for, and without nodes that were just deleted.
    machines.retain(|node| places.contains_key(node));
    let asked_nodes: Vec<AskedNode> = machines
        .iter()
        .map(|node| {
            let site = places.get(node).and_then(|place| place.site);
            AskedNode { node: *node, calendar: Arc::clone(calendars.of_node(*node, site)) }
        })
        .collect();

    let goals = match shown.needs_goals() {
        true => Some(Goals::read(cx.store(), reach.organization).await?),
        false => None,
    };
    let mut grouping = Grouping::new(&dimensions, places, parts.limits(), subject.with, goals, shown.needs());
    let days = AskedDays {
        organization: reach.organization,
        now,
        dates: &|calendar| period.dates(calendar),
        is_hourly: grouping.is_hourly(),
    };
    let store = cx.store();
    let mut budget = Budget::of_request(&observations, reach.organization).await?;
    let outdated = if grouping.needs_slices() || asked_nodes.len() < NODES_MIN {
        let add = |node, calendar: &_, day: &ProductionDay, sums: &_| {
            grouping.add(node, calendar, day.date, sums);
            grouping.groups.check()
        };
        each_day(store, &observations, &days, &asked_nodes, &mut budget, add).await?
    } else {
        let mut groups = CellGroups::new(&mut grouping, asked_nodes.iter().map(|asked| asked.node));
        each_cell(store, &observations, &days, &asked_nodes, &mut budget, &mut groups).await?
    };
    let groups = grouping.into_groups()?;
    let names = names::of(cx, &reach, groups.used_keys()).await?;
    let query = ReportQuery {
        period,
        time_zone: zone,
        metrics: shown.metrics.iter().map(|metric| metric.name).collect(),
        group_by: dimensions.clone(),
        nodes: machines.len(),
        shifts: parts.shifts,
        job_operations: parts.job_operations,
        operators: parts.operators,
    };
    let layout = asked.layout.unwrap_or_default();
    Report::of(query, outdated, groups, shown, layout, names, asked.format)
}
