//! Every list, with its filters and orders.

use bailiwick_domain::agent::{AgentRef, AgentType};
use bailiwick_domain::audit::Outcome;
use bailiwick_domain::command::{CommandOutcome, InstructionKind, ResultState};
use bailiwick_domain::history::RejectKind;
use bailiwick_domain::id::{DowntimeReasonId, JobOperationId, OperatorId, SiteId};
use bailiwick_domain::key::{Actor, KeyKind};
use bailiwick_domain::meaning::downtime::SavedAnnotation;
use bailiwick_domain::meaning::goal::GoalMetric;
use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::meaning::operator::SavedOperatorRun;
use bailiwick_domain::meaning::part::{SavedPartCorrection, SavedReject};
use bailiwick_domain::node::{NodeRef, NodeType};
use bailiwick_domain::node_filter::{NodeCondition, NodeFilter};
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::selector::Selector;
use bailiwick_domain::service::ServiceType;
use bailiwick_domain::update::Severity;

use super::file::File;
use super::fixture::{command_id, detail, schedule_id};
use super::recorder::{Listing, orders, page, title};
use super::samples::{
    at, downtime_reason_id, job_operation_id, maintenance_window_id, node_id, only, operator_id,
    organization_id, service_id, site_id, user, user_id, whole,
};
use crate::agents::{AgentFilter, Agents, AgentsBy};
use crate::audit::{self, AuditFilter, EntriesBy};
use crate::authority::{keys, organizations, roles, sessions, users};
use crate::calendars::{CalendarFilter, Calendars, CalendarsBy};
use crate::commands::{CommandFilter, Commands, CommandsBy, ResultFilter};
use crate::database::store::Store;
use crate::downtime::{AnnotationsBy, DowntimeReasons, DowntimeReasonsBy};
use crate::goals::{GoalFilter, Goals, GoalsBy};
use crate::jobs::{JobOperationFilter, JobOperations, JobOperationsBy, JobRunsBy};
use crate::maintenance_windows::{MaintenanceWindowFilter, MaintenanceWindows, MaintenanceWindowsBy};
use crate::nodes::{Nodes, NodesBy};
use crate::of_nodes::{OfNode, OfNodeFilter, OfNodes};
use crate::operators::{OperatorRunsBy, Operators, OperatorsBy};
use crate::parts::{PartCorrectionsBy, RejectsBy};
use crate::schedules::{Schedules, SchedulesBy};
use crate::scripts::{Scripts, ScriptsBy};
use crate::services::{ServiceFilter, Services, ServicesBy};
use crate::sites::{Sites, SitesBy};
use crate::sql::name::StatementName as Name;
use crate::table::order::{Order, SortColumn};
use crate::updates::{UpdateFilter, Updates, UpdatesBy, UpdatesOfNodeBy};

/// A sample of a filter: the title of its entry, and how the filter is set.
type Sample<F> = (String, fn(&mut F));

/// For each field of a filter, its samples, each with what is said about the value. Does not compile if a field of
/// the filter is missing, so that a new one gets its entries.
macro_rules! samples {
    ($filter:ident { $($field:ident: [$($about:literal => $value:expr),+ $(,)?]),+ $(,)? }) => {{
        let $filter { $($field: _),+ } = $filter::default();
        let samples: Vec<Vec<Sample<$filter>>> = vec![$(vec![$((
            concat!(stringify!($field), " (", $about, ")").to_owned(),
            |filter: &mut $filter| filter.$field = $value,
        )),+]),+];
        samples
    }};
}

fn selector(text: &str) -> Selector {
    text.parse().unwrap()
}

/// That a node is not at a site.
fn not_at(site: SiteId) -> NodeCondition {
    NodeCondition::Not(Box::new(NodeCondition::Is(Box::new(NodeFilter::at(site)))))
}

fn node_filters() -> Vec<Vec<Sample<NodeFilter>>> {
    samples!(NodeFilter {
        nodes: ["three nodes" => Some([node_id(1), node_id(2), node_id(3)].into())],
        labels: [
            "a value that many have" => selector("env=prod"),
            "a value that few have" => selector("canary=yes"),
            "two values" => selector("env=prod,tier=web"),
            "one of two values" => selector("env in (prod,test)"),
            "a label that few have" => selector("canary"),
            "not a value" => selector("env!=prod"),
        ],
        site: ["many nodes" => Some(site_id(1))],
        host: ["some nodes" => Some(node_id(1))],
        kind: ["many nodes" => Some(NodeType::Generic)],
        search: [
            "many nodes" => Some("node".parse().unwrap()),
            "few nodes" => Some("node-00".parse().unwrap()),
        ],
        status: [
            "online" => Some((NodeStatus::Online, at(3_600_000_001))),
            "offline" => Some((NodeStatus::Offline, at(3_600_000_001))),
            "stale" => Some((NodeStatus::Stale, at(3_600_000_001))),
            "unknown" => Some((NodeStatus::Unknown, at(3_600_000_001))),
        ],
        also: [
            "at one of two sites" => NodeFilter::at_one_of([site_id(1), site_id(2)]).also,
            "not at a site" => vec![not_at(site_id(1))],
        ],
    })
}

fn service_filters() -> Vec<Vec<Sample<ServiceFilter>>> {
    samples!(ServiceFilter {
        labels: [
            "a value that many have" => selector("env=prod"),
            "a value that few have" => selector("canary=yes"),
            "two values" => selector("env=prod,tier=web"),
        ],
        kind: ["many services" => Some(ServiceType::Mysql)],
        node: ["one service" => Some(node_id(7))],
        environment: ["many services" => Some(detail("production"))],
        cluster: ["few services" => Some(detail("cluster-7"))],
        group: ["few services" => Some(detail("group-7"))],
        search: [
            "many services" => Some("service".parse().unwrap()),
            "few services" => Some("service-00".parse().unwrap()),
        ],
    })
}

fn agent_filters() -> Vec<Vec<Sample<AgentFilter>>> {
    samples!(AgentFilter {
        labels: [
            "a value that many have" => selector("env=prod"),
            "a value that few have" => selector("canary=yes"),
            "two values" => selector("env=prod,tier=web"),
        ],
        kind: ["many agents" => Some(AgentType::NodeExporter)],
        runs_on: ["one agent" => Some(node_id(7))],
        observes_node: ["one agent" => Some(node_id(7))],
        service: ["one agent" => Some(service_id(7))],
        enabled: ["few agents" => Some(false)],
    })
}

fn command_filters() -> Vec<Vec<Sample<CommandFilter>>> {
    samples!(CommandFilter {
        kind: ["few commands" => Some(InstructionKind::Reboot)],
        node: ["two commands" => Some(node_id(7))],
        schedule: ["some commands" => Some(schedule_id(1))],
        is_finished: ["finished" => Some(true), "open" => Some(false)],
        outcome: ["few commands" => Some(CommandOutcome::Failed)],
        has_failed: ["few commands" => Some(true), "many commands" => Some(false)],
        by: ["few commands" => Some(Actor::Anonymous)],
        since: ["the newest commands" => Some(at(1_100))],
    })
}

fn maintenance_window_filters() -> Vec<Vec<Sample<MaintenanceWindowFilter>>> {
    samples!(MaintenanceWindowFilter {
        ids: ["two windows" => Some(vec![maintenance_window_id(1), maintenance_window_id(7)])],
        site: ["few windows" => Some(site_id(1))],
        is_enabled: ["few windows" => Some(false), "many windows" => Some(true)],
    })
}

fn calendar_filters() -> Vec<Vec<Sample<CalendarFilter>>> {
    samples!(CalendarFilter {
        site: ["one calendar" => Some(site_id(7))],
        node: ["no calendar" => Some(node_id(7))],
    })
}

type AnnotationFilter = OfNodeFilter<DowntimeReasonId>;

fn annotation_filters() -> Vec<Vec<Sample<AnnotationFilter>>> {
    samples!(AnnotationFilter {
        node: ["ten annotations" => Some(node_id(7))],
        subject: ["150 annotations" => Some(downtime_reason_id(7))],
        from: ["half of the annotations" => Some(at(1_500))],
        until: ["half of the annotations" => Some(at(1_500))],
        is_open: ["300 annotations" => Some(true), "many annotations" => Some(false)],
    })
}

fn job_operation_filters() -> Vec<Vec<Sample<JobOperationFilter>>> {
    samples!(JobOperationFilter {
        job: ["one job operation" => Some("J-7".parse().unwrap())],
        part: ["no job operation" => Some("P-7".parse().unwrap())],
    })
}

type JobRunFilter = OfNodeFilter<JobOperationId>;

fn job_run_filters() -> Vec<Vec<Sample<JobRunFilter>>> {
    samples!(JobRunFilter {
        node: ["ten runs" => Some(node_id(7))],
        subject: ["150 runs" => Some(job_operation_id(7))],
        from: ["half of the runs" => Some(at(1_500))],
        until: ["half of the runs" => Some(at(1_500))],
        is_open: ["300 runs" => Some(true), "many runs" => Some(false)],
    })
}

type OperatorRunFilter = OfNodeFilter<OperatorId>;

fn operator_run_filters() -> Vec<Vec<Sample<OperatorRunFilter>>> {
    samples!(OperatorRunFilter {
        node: ["ten runs" => Some(node_id(7))],
        subject: ["150 runs" => Some(operator_id(7))],
        from: ["half of the runs" => Some(at(1_500))],
        until: ["half of the runs" => Some(at(1_500))],
        is_open: ["300 runs" => Some(true), "many runs" => Some(false)],
    })
}

type RejectFilter = OfNodeFilter<RejectKind>;

fn reject_filters() -> Vec<Vec<Sample<RejectFilter>>> {
    let fields = samples!(RejectFilter {
        node: ["ten rejects" => Some(node_id(7))],
        subject: ["all rejects" => Some(RejectKind::Scrap)],
        from: ["half of the rejects" => Some(at(1_500))],
        until: ["half of the rejects" => Some(at(1_500))],
        is_open: ["not for rejects" => None],
    });
    fields.into_iter().take(4).collect()
}

type PartCorrectionFilter = OfNodeFilter<i32>;

fn part_correction_filters() -> Vec<Vec<Sample<PartCorrectionFilter>>> {
    let fields = samples!(PartCorrectionFilter {
        node: ["ten corrections" => Some(node_id(7))],
        from: ["half of the corrections" => Some(at(1_500))],
        until: ["half of the corrections" => Some(at(1_500))],
        subject: ["not for corrections" => None],
        is_open: ["not for corrections" => None],
    });
    fields.into_iter().take(3).collect()
}

fn goal_filters() -> Vec<Vec<Sample<GoalFilter>>> {
    samples!(GoalFilter {
        site: ["no goal" => Some(site_id(7))],
        node: ["one goal" => Some(node_id(7))],
        job_operation: ["no goal" => Some(job_operation_id(7))],
        metric: ["all goals" => Some(GoalMetric::Oee)],
    })
}

fn result_filters() -> Vec<Vec<Sample<ResultFilter>>> {
    samples!(ResultFilter {
        state: ["few results" => Some(ResultState::Queued)],
        node: ["one result" => Some(node_id(7))],
    })
}

fn update_filters() -> Vec<Vec<Sample<UpdateFilter>>> {
    samples!(UpdateFilter {
        name: ["few updates" => Some("package-0007".parse().unwrap())],
        security: ["many updates" => Some(false)],
        severity: ["some updates" => Some(Severity::Important)],
    })
}

fn audit_filters() -> Vec<Vec<Sample<AuditFilter>>> {
    samples!(AuditFilter {
        actor: ["few entries" => Some(Actor::User { id: user_id(7) })],
        operation: ["few entries" => Some("sites.create".into())],
        outcome: ["denied" => Some(Outcome::Denied), "allowed" => Some(Outcome::Allowed)],
        target: ["few entries" => Some(("node".into(), node_id(7).to_string()))],
        since: ["half of the entries" => Some(at(2_000))],
        until: ["half of the entries" => Some(at(2_000))],
    })
}

/// The filter of one sample.
fn one<F: Default>(sample: &Sample<F>) -> F {
    let mut filter = F::default();
    sample.1(&mut filter);
    filter
}

/// The filters of all pairs of fields, with the first sample of each.
fn pairs<F: Default>(fields: &[Vec<Sample<F>>]) -> Vec<(String, F)> {
    let mut pairs = Vec::new();
    for (n, first) in fields.iter().enumerate() {
        for second in &fields[n + 1..] {
            let mut filter = one(&first[0]);
            second[0].1(&mut filter);
            pairs.push((format!("{}, {}", first[0].0, second[0].0), filter));
        }
    }
    pairs
}

/// Reaches within an organization.
fn reaches() -> [(&'static str, OrganizationReach); 3] {
    [
        ("a reach of one site", OrganizationReach { sites: Some([site_id(1)].into()), ..whole(1) }),
        ("a reach of labels", OrganizationReach { labels: Some(selector("env=prod")), ..whole(1) }),
        (
            "a reach of two nodes",
            OrganizationReach { nodes: Some([node_id(1), node_id(7)].into()), ..whole(1) },
        ),
    ]
}

/// The beginnings of the titles that the file of each list must have.
pub(super) fn titles() -> Vec<(&'static str, Vec<String>)> {
    fn sorted<C: SortColumn>() -> Vec<String> {
        orders::<C>().map(title).collect()
    }
    fn filtered<F>(fields: Vec<Vec<Sample<F>>>) -> Vec<String> {
        fields.into_iter().flatten().map(|(title, _)| title).collect()
    }
    let both = |sorted: Vec<String>, filtered: Vec<String>| [sorted, filtered].concat();
    vec![
        ("agents", both(sorted::<AgentsBy>(), filtered(agent_filters()))),
        ("annotations", both(sorted::<AnnotationsBy>(), filtered(annotation_filters()))),
        ("audit", both(sorted::<EntriesBy>(), filtered(audit_filters()))),
        ("calendars", both(sorted::<CalendarsBy>(), filtered(calendar_filters()))),
        ("commands", both(sorted::<CommandsBy>(), filtered(command_filters()))),
        ("downtime_reasons", both(sorted::<DowntimeReasonsBy>(), vec!["planned".into()])),
        ("goals", both(sorted::<GoalsBy>(), filtered(goal_filters()))),
        ("job_operations", both(sorted::<JobOperationsBy>(), filtered(job_operation_filters()))),
        ("job_runs", both(sorted::<JobRunsBy>(), filtered(job_run_filters()))),
        ("keys", both(sorted::<keys::KeysBy>(), vec!["kind".into(), "user".into()])),
        (
            "maintenance_windows",
            both(sorted::<MaintenanceWindowsBy>(), filtered(maintenance_window_filters())),
        ),
        ("nodes", both(sorted::<NodesBy>(), filtered(node_filters()))),
        ("operator_runs", both(sorted::<OperatorRunsBy>(), filtered(operator_run_filters()))),
        ("operators", both(sorted::<OperatorsBy>(), vec!["number".into()])),
        ("organizations", sorted::<organizations::OrganizationsBy>()),
        ("part_corrections", both(sorted::<PartCorrectionsBy>(), filtered(part_correction_filters()))),
        ("rejects", both(sorted::<RejectsBy>(), filtered(reject_filters()))),
        ("results", both(vec!["all".into()], filtered(result_filters()))),
        ("roles", vec!["all".into()]),
        ("schedules", sorted::<SchedulesBy>()),
        ("scripts", sorted::<ScriptsBy>()),
        ("services", both(sorted::<ServicesBy>(), filtered(service_filters()))),
        ("sessions", vec!["of one user".into()]),
        ("sites", both(sorted::<SitesBy>(), vec!["labels".into()])),
        ("updates", both(sorted::<UpdatesBy>(), filtered(update_filters()))),
        ("updates_of_node", both(sorted::<UpdatesOfNodeBy>(), filtered(update_filters()))),
        ("users", both(sorted::<users::UsersBy>(), vec!["email".into()])),
    ]
}

/// Reads every list with each filter and in each order.
pub(super) async fn record(store: &Store) -> Vec<File> {
    let all = whole(1);
    vec![
        agents(store, &all).await,
        of_nodes::<SavedAnnotation>(store, "annotations", AnnotationsBy::StartAt, annotation_filters()).await,
        audit(store).await,
        calendars(store).await,
        commands(store, &all).await,
        downtime_reasons(store).await,
        goals(store).await,
        job_operations(store).await,
        of_nodes::<SavedJobRun>(store, "job_runs", JobRunsBy::StartAt, job_run_filters()).await,
        keys(store).await,
        maintenance_windows(store, &all).await,
        nodes(store, &all).await,
        of_nodes::<SavedOperatorRun>(store, "operator_runs", OperatorRunsBy::StartAt, operator_run_filters())
            .await,
        operators(store).await,
        organizations(store).await,
        of_nodes::<SavedPartCorrection>(
            store,
            "part_corrections",
            PartCorrectionsBy::At,
            part_correction_filters(),
        )
        .await,
        of_nodes::<SavedReject>(store, "rejects", RejectsBy::At, reject_filters()).await,
        results(store, &all).await,
        roles(store).await,
        schedules(store, &all).await,
        scripts(store, &all).await,
        services(store, &all).await,
        sessions(store).await,
        sites(store, &all).await,
        updates(store, &all).await,
        updates_of_node(store, &all).await,
        users(store).await,
    ]
}

async fn nodes(store: &Store, all: &OrganizationReach) -> File {
    const NAMES: &[Name] = &[
        Name::NodesCountFew,
        Name::NodesSampleTracks,
        Name::NodesList,
        Name::NodesNamed,
        Name::NodesNamedSeen,
    ];
    let by_name = || page(Order::ascending(NodesBy::Name), None);
    let mut listing = Listing::new(store, "nodes", NAMES);
    listing.orders(async |run, list| Nodes::new(run, all).list(&NodeFilter::default(), list).await).await;
    for sample in node_filters().iter().flatten() {
        let filter = one(sample);
        let first = listing.entry(&sample.0, async |run| Nodes::new(run, all).list(&filter, by_name()).await);
        if let Some(cursor) = first.await.next_cursor {
            let list = page(Order::ascending(NodesBy::Name), Some(cursor));
            let title = format!("{}, after a cursor", sample.0);
            listing.entry(title, async |run| Nodes::new(run, all).list(&filter, list).await).await;
        }
    }
    for (title, filter) in pairs(&node_filters()) {
        listing.entry(title, async |run| Nodes::new(run, all).list(&filter, by_name()).await).await;
    }
    let filter = one(&node_filters()[0][0]);
    for order in orders::<NodesBy>() {
        let title = format!("labels (a value that many have), {}", title(order));
        listing.entry(title, async |run| Nodes::new(run, all).list(&filter, page(order, None)).await).await;
    }
    for (title, reach) in reaches() {
        let every = NodeFilter::default();
        listing.entry(title, async |run| Nodes::new(run, &reach).list(&every, by_name()).await).await;
    }
    let named = NodeRef::Name("node-1".parse().unwrap());
    listing.entry("one node by its name", async |run| Nodes::new(run, all).find(&named).await).await;
    let title = "one node by its name, with what its agent reports";
    listing.entry(title, async |run| Nodes::new(run, all).find_seen(&named).await).await;
    listing.file()
}

async fn services(store: &Store, all: &OrganizationReach) -> File {
    const NAMES: &[Name] = &[Name::ServicesCountFew, Name::ServicesSampleTracks, Name::ServicesList];
    let by_name = || page(Order::ascending(ServicesBy::Name), None);
    let mut listing = Listing::new(store, "services", NAMES);
    listing
        .orders(async |run, list| Services::new(run, all).list(&ServiceFilter::default(), list).await)
        .await;
    for sample in service_filters().iter().flatten() {
        let filter = one(sample);
        listing.entry(&sample.0, async |run| Services::new(run, all).list(&filter, by_name()).await).await;
    }
    for (title, reach) in reaches() {
        let every = ServiceFilter::default();
        listing.entry(title, async |run| Services::new(run, &reach).list(&every, by_name()).await).await;
    }
    listing.file()
}

async fn agents(store: &Store, all: &OrganizationReach) -> File {
    const NAMES: &[Name] = &[
        Name::AgentsCountFew,
        Name::AgentsSampleTracks,
        Name::AgentsList,
        Name::AgentsOfTypeOn,
        Name::AgentsSupervisedOn,
        Name::AgentsExportersOn,
    ];
    let by_age = || page(Order::ascending(AgentsBy::CreatedAt), None);
    let mut listing = Listing::new(store, "agents", NAMES);
    listing.orders(async |run, list| Agents::new(run, all).list(&AgentFilter::default(), list).await).await;
    for sample in agent_filters().iter().flatten() {
        let filter = one(sample);
        listing.entry(&sample.0, async |run| Agents::new(run, all).list(&filter, by_age()).await).await;
    }
    for (title, reach) in reaches() {
        let every = AgentFilter::default();
        listing.entry(title, async |run| Agents::new(run, &reach).list(&every, by_age()).await).await;
    }
    let named = AgentRef::On(NodeRef::Id(node_id(1)), AgentType::NodeExporter);
    let title = "one agent by its node and type";
    listing.entry(title, async |run| Agents::new(run, all).id_of(&named).await).await;
    let on = [node_id(1), node_id(2)];
    let title = "the agents on nodes that the agents of these nodes run";
    listing.entry(title, async |run| Agents::new(run, all).supervised_on(&on).await).await;
    let title = "the enabled exporters on nodes";
    listing.entry(title, async |run| Agents::new(run, all).exporters_on(&on, None).await).await;
    listing.file()
}

async fn sites(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "sites", &[Name::SitesList]);
    listing.orders(async |run, list| Sites::new(run, all).list(&Selector::default(), list).await).await;
    let by_name = || page(Order::ascending(SitesBy::Name), None);
    for (title, labels) in
        [("labels (a value that many have)", "env=prod"), ("labels (a value that few have)", "canary=yes")]
    {
        let labels = selector(labels);
        listing.entry(title, async |run| Sites::new(run, all).list(&labels, by_name()).await).await;
    }
    for (title, reach) in reaches() {
        let every = Selector::default();
        listing.entry(title, async |run| Sites::new(run, &reach).list(&every, by_name()).await).await;
    }
    listing.file()
}

async fn commands(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "commands", &[Name::CommandsCountFew, Name::CommandsList]);
    listing
        .orders(async |run, list| Commands::new(run, all).list(&CommandFilter::default(), list).await)
        .await;
    let latest = || page(Order::descending(CommandsBy::CreatedAt), None);
    for sample in command_filters().iter().flatten() {
        let filter = one(sample);
        listing.entry(&sample.0, async |run| Commands::new(run, all).list(&filter, latest()).await).await;
    }
    for (title, reach) in reaches() {
        let every = CommandFilter::default();
        listing.entry(title, async |run| Commands::new(run, &reach).list(&every, latest()).await).await;
    }
    listing.file()
}

async fn results(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "results", &[Name::CommandsResults]);
    let id = command_id(1);
    let every = ResultFilter::default();
    let limit = Default::default();
    let first =
        listing.entry("all", async |run| Commands::new(run, all).results(id, 9, &every, limit, None).await);
    let cursor = first.await.next_cursor;
    listing
        .entry("all, after a cursor", async |run| {
            Commands::new(run, all).results(id, 9, &every, limit, cursor.as_ref()).await
        })
        .await;
    for sample in result_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| Commands::new(run, all).results(id, 9, &filter, limit, None).await)
            .await;
    }
    for (title, reach) in reaches() {
        listing
            .entry(title, async |run| Commands::new(run, &reach).results(id, 9, &every, limit, None).await)
            .await;
    }
    listing.file()
}

async fn schedules(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "schedules", &[Name::SchedulesList]);
    listing
        .orders(async |run, list: crate::List<SchedulesBy>| Schedules::new(run, all).list(list).await)
        .await;
    listing.file()
}

async fn maintenance_windows(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "maintenance_windows", &[Name::MaintenanceWindowsList]);
    let every = MaintenanceWindowFilter::default();
    listing.orders(async |run, list| MaintenanceWindows::new(run, all).list(&every, list).await).await;
    let by_name = || page(Order::ascending(MaintenanceWindowsBy::Name), None);
    for sample in maintenance_window_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| MaintenanceWindows::new(run, all).list(&filter, by_name()).await)
            .await;
    }
    listing.file()
}

async fn calendars(store: &Store) -> File {
    let mut listing = Listing::new(store, "calendars", &[Name::CalendarsList]);
    let (every, organization) = (CalendarFilter::default(), organization_id(1));
    listing.orders(async |run, list| Calendars::new(run, organization).list(&every, list).await).await;
    let by_name = || page(Order::ascending(CalendarsBy::Name), None);
    for sample in calendar_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| Calendars::new(run, organization).list(&filter, by_name()).await)
            .await;
    }
    listing.file()
}

async fn downtime_reasons(store: &Store) -> File {
    let mut listing = Listing::new(store, "downtime_reasons", &[Name::DowntimeReasonsList]);
    let organization = organization_id(1);
    listing.orders(async |run, list| DowntimeReasons::new(run, organization).list(None, list).await).await;
    let list = page(Order::ascending(DowntimeReasonsBy::Reason), None);
    listing
        .entry("planned (no reason)", async |run| {
            DowntimeReasons::new(run, organization).list(Some(true), list).await
        })
        .await;
    listing.file()
}

async fn job_operations(store: &Store) -> File {
    let mut listing = Listing::new(store, "job_operations", &[Name::JobOperationsList]);
    let (every, organization) = (JobOperationFilter::default(), organization_id(1));
    listing.orders(async |run, list| JobOperations::new(run, organization).list(&every, list).await).await;
    let by_job = || page(Order::ascending(JobOperationsBy::Job), None);
    for sample in job_operation_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| JobOperations::new(run, organization).list(&filter, by_job()).await)
            .await;
    }
    listing.file()
}

async fn operators(store: &Store) -> File {
    let mut listing = Listing::new(store, "operators", &[Name::OperatorsList]);
    let organization = organization_id(1);
    listing.orders(async |run, list| Operators::new(run, organization).list(None, list).await).await;
    let list = page(Order::ascending(OperatorsBy::Name), None);
    let number = "7".parse().unwrap();
    listing
        .entry("number (one operator)", async |run| {
            Operators::new(run, organization).list(Some(&number), list).await
        })
        .await;
    listing.file()
}

async fn goals(store: &Store) -> File {
    let mut listing = Listing::new(store, "goals", &[Name::GoalsList]);
    let (every, organization) = (GoalFilter::default(), organization_id(1));
    listing.orders(async |run, list| Goals::new(run, organization).list(&every, list).await).await;
    let by_age = || page(Order::ascending(GoalsBy::CreatedAt), None);
    for sample in goal_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| Goals::new(run, organization).list(&filter, by_age()).await)
            .await;
    }
    listing.file()
}

/// Objects of one noun that belong to nodes and times, latest first.
async fn of_nodes<T: OfNode>(
    store: &Store,
    name: &'static str,
    by: T::By,
    filters: Vec<Vec<Sample<OfNodeFilter<T::Subject>>>>,
) -> File {
    let mut listing = Listing::new(store, name, &[Name::OfNodesCountFew, Name::OfNodesList]);
    let (all, every) = (whole(1), OfNodeFilter::default());
    listing.orders(async |run, list| OfNodes::<_, T>::new(run, &all).list(&every, list).await).await;
    let latest = || page(Order::descending(by), None);
    for sample in filters.iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| OfNodes::<_, T>::new(run, &all).list(&filter, latest()).await)
            .await;
    }
    for (title, reach) in reaches() {
        listing
            .entry(title, async |run| OfNodes::<_, T>::new(run, &reach).list(&every, latest()).await)
            .await;
    }
    listing.file()
}

async fn scripts(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "scripts", &[Name::ScriptsList]);
    listing.orders(async |run, list: crate::List<ScriptsBy>| Scripts::new(run, all).list(list).await).await;
    listing.file()
}

async fn updates(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "updates", &[Name::UpdatesCountFew, Name::UpdatesList]);
    let (every, nodes) = (UpdateFilter::default(), NodeFilter::default());
    listing.orders(async |run, list| Updates::new(run, all).list(&every, &nodes, list).await).await;
    let by_name = || page(Order::ascending(UpdatesBy::Name), None);
    for sample in update_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| Updates::new(run, all).list(&filter, &nodes, by_name()).await)
            .await;
    }
    for sample in node_filters().iter().flatten() {
        let nodes = one(sample);
        let title = format!("nodes with {}", sample.0);
        listing.entry(title, async |run| Updates::new(run, all).list(&every, &nodes, by_name()).await).await;
    }
    for (title, reach) in reaches() {
        listing
            .entry(title, async |run| Updates::new(run, &reach).list(&every, &nodes, by_name()).await)
            .await;
    }
    listing.file()
}

async fn updates_of_node(store: &Store, all: &OrganizationReach) -> File {
    let mut listing = Listing::new(store, "updates_of_node", &[Name::UpdatesOfNode]);
    let every = UpdateFilter::default();
    let node = node_id(1);
    listing.orders(async |run, list| Updates::new(run, all).of_node(node, &every, list).await).await;
    let in_order = || page(Order::ascending(UpdatesOfNodeBy::Number), None);
    for sample in update_filters().iter().flatten() {
        let filter = one(sample);
        listing
            .entry(&sample.0, async |run| Updates::new(run, all).of_node(node, &filter, in_order()).await)
            .await;
    }
    listing.file()
}

async fn audit(store: &Store) -> File {
    let chain = Some(organization_id(1));
    let mut listing = Listing::new(store, "audit", &[Name::AuditList]);
    listing.orders(async |run, list| audit::entries(run, chain, &AuditFilter::default(), list).await).await;
    let latest = || page(Order::descending(EntriesBy::Number), None);
    for sample in audit_filters().iter().flatten() {
        let filter = one(sample);
        listing.entry(&sample.0, async |run| audit::entries(run, chain, &filter, latest()).await).await;
    }
    listing.file()
}

async fn keys(store: &Store) -> File {
    let mut listing = Listing::new(store, "keys", &[Name::KeysList]);
    let every = Reach::EVERYTHING;
    listing.orders(async |run, list| keys::Keys::new(run, &every).list(None, None, list).await).await;
    let by_name = || page(Order::ascending(keys::KeysBy::Name), None);
    let reach = only(&[1]);
    listing
        .entry("a reach of one organization", async |run| {
            keys::Keys::new(run, &reach).list(None, None, by_name()).await
        })
        .await;
    listing
        .entry("a reach of one organization, sorted by created_at", async |run| {
            let list = page(Order::ascending(keys::KeysBy::CreatedAt), None);
            keys::Keys::new(run, &reach).list(None, None, list).await
        })
        .await;
    let kind = Some(KeyKind::Enrol);
    listing
        .entry("kind (few keys)", async |run| keys::Keys::new(run, &reach).list(kind, None, by_name()).await)
        .await;
    let user = Some(user_id(2));
    listing
        .entry("user (few keys)", async |run| keys::Keys::new(run, &reach).list(None, user, by_name()).await)
        .await;
    listing.file()
}

async fn users(store: &Store) -> File {
    let mut listing = Listing::new(store, "users", &[Name::UsersList]);
    let every = Reach::EVERYTHING;
    listing.orders(async |run, list| users::Users::new(run, &every).list(None, list).await).await;
    let by_name = || page(Order::ascending(users::UsersBy::Name), None);
    let email = user(7, &[]).email;
    listing
        .entry("email (one user)", async |run| {
            users::Users::new(run, &every).list(Some(&email), by_name()).await
        })
        .await;
    let reach = only(&[1]);
    listing
        .entry("a reach of one organization", async |run| {
            users::Users::new(run, &reach).list(None, by_name()).await
        })
        .await;
    listing.file()
}

async fn organizations(store: &Store) -> File {
    let mut listing = Listing::new(store, "organizations", &[Name::OrganizationsList]);
    let every = Reach::EVERYTHING;
    listing.orders(async |run, list| organizations::Organizations::new(run, &every).list(list).await).await;
    let reach = only(&[1, 2]);
    let by_name = || page(Order::ascending(organizations::OrganizationsBy::Name), None);
    listing
        .entry("a reach of two organizations", async |run| {
            organizations::Organizations::new(run, &reach).list(by_name()).await
        })
        .await;
    listing.file()
}

async fn roles(store: &Store) -> File {
    let mut listing = Listing::new(store, "roles", &[Name::RolesAll]);
    listing.entry("all", async |run| roles::all_of(run, organization_id(1)).await).await;
    listing.file()
}

async fn sessions(store: &Store) -> File {
    let mut listing = Listing::new(store, "sessions", &[Name::SessionsOfUser]);
    listing.entry("of one user", async |run| sessions::of_user(run, user_id(1), at(1)).await).await;
    listing.file()
}
