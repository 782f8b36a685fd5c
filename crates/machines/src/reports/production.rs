//! The report on production.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bailiwick_domain::calendar::LocalDate;
use bailiwick_domain::id::{JobOperationId, NodeId, OrganizationId, SiteId};
use bailiwick_domain::name::Name;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::{Site, SiteRef};
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, FieldError, Result, require_valid};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::answer::Text;
use bailiwick_engine::shape::format::Format;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_operations::references::{KnownNodes, check_length};
use bailiwick_store::Observations;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Layout, Report, ReportNames, ReportQuery};
use super::groups::{Dimension, Grouping, LEVELS_MAX, Place};
use super::metrics::Shown;
use super::period::{Asked, Period};
use crate::days::calendars::Calendars;
use crate::days::changes;
use crate::days::summed::{AskedDays, AskedNode, each_day};
use crate::{TAG, ids};

/// The most shifts or job operations that a report is limited to.
const FILTERED_MAX: usize = 1_000;

/// Report on production.
///
/// It says what machines did, how long, and how many parts they made.
/// Sums are added first and divided last, at every level. Time without data is part of no ratio, and is always
/// reported as `no_data_ms`. With `Accept: text/csv` or `application/x-ndjson`, the answer is only the rows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "last_days": 7, "metrics": ["utilization"], "group_by": ["node", "day"] }]))]
pub(crate) struct ReportProduction {
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
    /// The metrics; by default utilization, in_cycle_ms, recorded_ms, no_data_ms and parts_total.
    metrics: Option<Vec<String>>,
    /// What the report is grouped by, from the outermost level to the innermost; nothing by default.
    #[schemars(length(max = LEVELS_MAX))]
    group_by: Option<Vec<Dimension>>,
    /// Only these nodes, by id or name.
    #[schemars(length(max = FILTERED_MAX))]
    nodes: Option<Vec<NodeRef>>,
    /// Only nodes whose labels match, as in `env=prod,!legacy`.
    labels: Option<Selector>,
    /// Only nodes at these sites, by id or name.
    #[schemars(length(max = FILTERED_MAX))]
    sites: Option<Vec<SiteRef>>,
    /// Only the time in these shifts.
    #[schemars(length(max = FILTERED_MAX))]
    shifts: Option<Vec<Name>>,
    /// Only the time in which these job operations ran.
    #[schemars(length(max = FILTERED_MAX))]
    job_operations: Option<Vec<JobOperationId>>,
    /// How the groups are arranged.
    layout: Option<Layout>,
    /// Rows as text in this format. If absent, the one in `Accept`.
    format: Option<Format>,
}

impl Operation for ReportProduction {
    const SPEC: Spec = Spec::ask(ids::REPORTS_PRODUCTION, "/v1/reports/production").tag(TAG).answers_text();
    const TEXT: fn(&Report) -> Option<Text> = Report::as_text;
    type Output = Report;

    async fn run(self, cx: &Cx) -> Result<Report> {
        let now = cx.now();
        let reach = cx.organization_reach()?;
        let organization = cx.organization().ok_or(Error::OrganizationRequired)?;
        let zone = organization.time_zone.clone();
        let calendars = Calendars::read(cx.store(), reach.organization, zone.clone()).await?;
        let today = calendars.of_all().date_of(now).ok_or(Error::internal("the clock is off"))?;
        let asked = Asked {
            first_day: self.first_day,
            last_day: self.last_day,
            from: self.from,
            until: self.until,
            last_days: self.last_days,
        };
        let period = Period::of(&asked, today, now)?;
        let shown = Shown::of(self.metrics.as_deref())?;
        let dimensions = self.group_by.clone().unwrap_or_default();
        check(&dimensions, self.shifts.as_deref(), self.job_operations.as_deref())?;

        let chosen = self.chosen_nodes(cx, &reach).await?;
        let sites = self.chosen_sites(cx, &reach).await?;
        let observations = cx.observations();
        let mut machines = observations.nodes_with_machines(reach.organization).await?;
        self.take_changes(cx, &observations, reach.organization, &machines).await?;
        if let Some(chosen) = chosen {
            machines.retain(|node| chosen.contains(node));
        }
        let mut places = cx.store().nodes(&reach).places_of(&machines).await?;
        places.retain(|place| {
            self.labels.as_ref().is_none_or(|labels| labels.matches(&place.labels))
                && sites.as_ref().is_none_or(|sites| place.site_id.is_some_and(|site| sites.contains(&site)))
        });
        let labels: Vec<_> = dimensions
            .iter()
            .filter_map(|dimension| if let Dimension::Label(name) = dimension { Some(name) } else { None })
            .collect();
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
        let names = names(cx, &dimensions, &machines, &places).await?;
        let asked_nodes: Vec<AskedNode> = machines
            .iter()
            .map(|node| {
                let site = places.get(node).and_then(|place| place.site);
                AskedNode { node: *node, calendar: Arc::clone(calendars.of_node(*node, site)) }
            })
            .collect();

        let mut grouping =
            Grouping::new(&dimensions, places, self.shifts.as_deref(), self.job_operations.as_deref());
        let days = AskedDays {
            organization: reach.organization,
            now,
            dates: &|calendar| period.dates(calendar),
            is_hourly: grouping.is_hourly(),
        };
        let outdated =
            each_day(cx.store(), &observations, &days, &asked_nodes, |node, calendar, day, sums| {
                grouping.add(node, calendar, day.date, sums);
            })
            .await?;
        grouping.check()?;
        let query = ReportQuery {
            period,
            time_zone: zone,
            metrics: shown.metrics.iter().map(|metric| metric.name).collect(),
            group_by: dimensions.clone(),
            nodes: machines.len(),
            shifts: self.shifts.clone(),
        };
        let layout = self.layout.unwrap_or_default();
        Report::of(query, outdated, &grouping.total, &shown, layout, names, self.format)
    }
}

impl ReportProduction {
    /// Marks as outdated what has changed since the last report, also of nodes out of the caller's reach.
    async fn take_changes(
        &self,
        cx: &Cx,
        observations: &Observations,
        organization: OrganizationId,
        machines: &[NodeId],
    ) -> Result<()> {
        if cx.store().production_changes(organization, 1).await?.is_empty() {
            return Ok(());
        }
        let whole = OrganizationReach::whole(organization);
        let places = cx.store().nodes(&whole).places_of(machines).await?;
        let sites = places.into_iter().map(|place| (place.id, place.site_id)).collect();
        changes::take(cx.store(), observations, organization, &sites, cx.now()).await
    }

    /// The nodes that are asked for; `None` for all.
    async fn chosen_nodes(&self, cx: &Cx, reach: &OrganizationReach) -> Result<Option<BTreeSet<NodeId>>> {
        let Some(named) = &self.nodes else { return Ok(None) };
        let mut errors = Vec::new();
        check_length("nodes", named, FILTERED_MAX, &mut errors);
        require_valid(std::mem::take(&mut errors))?;
        let known = KnownNodes::find(cx.store().nodes(reach), named).await?;
        let found = known.list("nodes", named, &mut errors).into_iter().map(|node| node.id).collect();
        require_valid(errors)?;
        Ok(Some(found))
    }

    /// The sites that are asked for; `None` for all.
    async fn chosen_sites(&self, cx: &Cx, reach: &OrganizationReach) -> Result<Option<BTreeSet<SiteId>>> {
        let Some(named) = &self.sites else { return Ok(None) };
        let mut errors = Vec::new();
        check_length("sites", named, FILTERED_MAX, &mut errors);
        require_valid(std::mem::take(&mut errors))?;
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for site in named {
            match site {
                SiteRef::Id(id) => ids.push(*id),
                SiteRef::Name(name) => names.push(name),
            }
        }
        let found = cx.store().sites(reach).all_of(&ids, &names).await?;
        for (n, wanted) in named.iter().enumerate() {
            let is_it = |site: &Site| match wanted {
                SiteRef::Id(id) => site.id == *id,
                SiteRef::Name(name) => site.name == *name,
            };
            if !found.iter().any(is_it) {
                errors.push(FieldError::new(format!("sites[{n}]"), format!("there is no site {wanted}")));
            }
        }
        require_valid(errors)?;
        Ok(Some(found.into_iter().map(|site| site.id).collect()))
    }
}

fn check(
    dimensions: &[Dimension],
    shifts: Option<&[Name]>,
    job_operations: Option<&[JobOperationId]>,
) -> Result<()> {
    if dimensions.len() > LEVELS_MAX {
        return Err(Error::invalid("group_by", format!("expected at most {LEVELS_MAX} dimensions")));
    }
    for (n, dimension) in dimensions.iter().enumerate() {
        if dimensions.iter().take(n).any(|other| other == dimension) {
            return Err(Error::invalid(format!("group_by[{n}]"), "expected each dimension once"));
        }
    }
    for (field, count) in
        [("shifts", shifts.map(<[_]>::len)), ("job_operations", job_operations.map(<[_]>::len))]
    {
        if count.is_some_and(|count| count == 0 || count > FILTERED_MAX) {
            return Err(Error::invalid(field, format!("expected 1 to {FILTERED_MAX}; leave it out for all")));
        }
    }
    Ok(())
}

/// The names of the nodes and sites that the report mentions.
async fn names(
    cx: &Cx,
    dimensions: &[Dimension],
    machines: &[NodeId],
    places: &HashMap<NodeId, Place>,
) -> Result<ReportNames> {
    let reach = cx.organization_reach()?;
    let mut names = ReportNames::default();
    if dimensions.contains(&Dimension::Node) {
        let nodes = cx.store().nodes(&reach).all_of(machines, &[]).await?;
        names.nodes = nodes.into_iter().map(|node| (node.id, node.name)).collect();
    }
    if dimensions.contains(&Dimension::Site) {
        let mut sites: Vec<SiteId> = places.values().filter_map(|place| place.site).collect();
        sites.sort_unstable();
        sites.dedup();
        let sites = cx.store().sites(&reach).all_of(&sites, &[]).await?;
        names.sites = sites.into_iter().map(|site| (site.id, site.name)).collect();
    }
    Ok(names)
}
