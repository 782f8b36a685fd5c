//! Objects to put in a database, told apart by numbers.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, Observed, Reported, Settings};
use bailiwick_domain::history::RejectKind;
use bailiwick_domain::id::{
    AgentId, AnnotationId, CalendarId, DowntimeReasonId, GoalId, JobOperationId, JobRunId,
    MaintenanceWindowId, NodeId, OperatorId, OperatorRunId, OrganizationId, PartCorrectionId, RejectId,
    RoleId, ServiceId, SiteId, UserId,
};
use bailiwick_domain::key::{Actor, DigestedSecret, Key, KeyDigests, KeyId, KeyKind, SecretDigest};
use bailiwick_domain::label::Labels;
use bailiwick_domain::maintenance_window::MaintenanceWindow;
use bailiwick_domain::meaning::calendar::SavedCalendar;
use bailiwick_domain::meaning::downtime::{DowntimeReason, SavedAnnotation};
use bailiwick_domain::meaning::goal::{Goal, GoalMetric, Ratio};
use bailiwick_domain::meaning::job::{JobOperation, SavedJobRun};
use bailiwick_domain::meaning::operator::{Operator, SavedOperatorRun};
use bailiwick_domain::meaning::part::{SavedPartCorrection, SavedReject};
use bailiwick_domain::node::{Node, NodeType};
use bailiwick_domain::organization::Organization;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{Role, RoleRef};
use bailiwick_domain::scope::Scope;
use bailiwick_domain::service::{Service, ServiceType};
use bailiwick_domain::site::Site;
use bailiwick_domain::targets::Targets;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::{Membership, User};
use bailiwick_store::Store;
use uuid::Uuid;

/// The microsecond `n` of the tests.
pub const fn at(n: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + n)
}

const fn uuid(n: u32) -> Uuid {
    Uuid::from_u128(0x0193_2f4e_7b5a_7c3d_8e9f_0000_0000_0000 + n as u128)
}

pub const fn organization_id(n: u32) -> OrganizationId {
    OrganizationId::from_uuid(uuid(n))
}

pub const fn site_id(n: u32) -> SiteId {
    SiteId::from_uuid(uuid(n))
}

pub const fn node_id(n: u32) -> NodeId {
    NodeId::from_uuid(uuid(n))
}

pub fn key_id(n: u32) -> KeyId {
    format!("Key{n:09}").parse().unwrap()
}

/// All of organization `n`.
pub const fn whole(n: u32) -> OrganizationReach {
    OrganizationReach::whole(organization_id(n))
}

/// Some organizations, and all in them.
pub fn only(organizations: &[u32]) -> Reach {
    let ids = organizations.iter().copied().map(organization_id).collect();
    Reach { organizations: Some(ids), ..Reach::EVERYTHING }
}

pub fn labels(pairs: &[(&str, &str)]) -> Labels {
    let labels: BTreeMap<_, _> =
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    labels.try_into().unwrap()
}

pub fn organization(n: u32) -> Organization {
    Organization {
        id: organization_id(n),
        name: format!("Organization {n}").parse().unwrap(),
        slug: format!("organization-{n}").parse().unwrap(),
        time_zone: "UTC".parse().unwrap(),
        key_policy: KeyPolicy::default(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub fn site(organization: u32, n: u32) -> Site {
    Site {
        id: site_id(n),
        organization_id: organization_id(organization),
        name: format!("Site {n}").parse().unwrap(),
        description: None,
        labels: Labels::default(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn maintenance_window_id(n: u32) -> MaintenanceWindowId {
    MaintenanceWindowId::from_uuid(uuid(n))
}

pub fn maintenance_window(organization: u32, n: u32) -> MaintenanceWindow {
    MaintenanceWindow {
        id: maintenance_window_id(n),
        organization_id: organization_id(organization),
        name: format!("Window {n}").parse().unwrap(),
        description: None,
        enabled: true,
        selector: "env=prod".parse().unwrap(),
        site_id: None,
        others: Targets::default(),
        cron: "0 2 * * *".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        duration_seconds: 7_200,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn calendar_id(n: u32) -> CalendarId {
    CalendarId::from_uuid(uuid(n))
}

/// A calendar of the site with the same number.
pub fn calendar(organization: u32, n: u32) -> SavedCalendar {
    SavedCalendar {
        id: calendar_id(n),
        organization_id: organization_id(organization),
        name: format!("Calendar {n}").parse().unwrap(),
        description: None,
        site_id: Some(site_id(n)),
        node_id: None,
        rules: serde_json::from_str(r#"{"time_zone":"Europe/Berlin"}"#).unwrap(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn downtime_reason_id(n: u32) -> DowntimeReasonId {
    DowntimeReasonId::from_uuid(uuid(n))
}

pub fn downtime_reason(organization: u32, n: u32) -> DowntimeReason {
    DowntimeReason {
        id: downtime_reason_id(n),
        organization_id: organization_id(organization),
        reason: format!("Stop|Reason {n}").parse().unwrap(),
        planned: false,
        description: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn annotation_id(n: u32) -> AnnotationId {
    AnnotationId::from_uuid(uuid(n))
}

/// An annotation of a node, with reason 1: from microsecond `n` of the tests on.
pub fn annotation(organization: u32, n: u32, node: u32) -> SavedAnnotation {
    SavedAnnotation {
        id: annotation_id(n),
        organization_id: organization_id(organization),
        node_id: node_id(node),
        reason_id: downtime_reason_id(1),
        start_at: at(i64::from(n)),
        end_at: None,
        note: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn job_operation_id(n: u32) -> JobOperationId {
    JobOperationId::from_uuid(uuid(n))
}

pub fn job_operation(organization: u32, n: u32) -> JobOperation {
    JobOperation {
        id: job_operation_id(n),
        organization_id: organization_id(organization),
        job: format!("J-{n}").parse().unwrap(),
        name: format!("Operation {n}").parse().unwrap(),
        part: None,
        lot: None,
        description: None,
        ideal_part_ms: None,
        expected_part_ms: None,
        expected_setup_ms: None,
        quantity_required: None,
        due_at: None,
        part_value: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn job_run_id(n: u32) -> JobRunId {
    JobRunId::from_uuid(uuid(n))
}

/// A run of job operation 1 on a node: from microsecond `n` of the tests on.
pub fn job_run(organization: u32, n: u32, node: u32) -> SavedJobRun {
    SavedJobRun {
        id: job_run_id(n),
        organization_id: organization_id(organization),
        node_id: node_id(node),
        job_operation_id: job_operation_id(1),
        start_at: at(i64::from(n)),
        end_at: None,
        in_setup: false,
        external_id: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn operator_id(n: u32) -> OperatorId {
    OperatorId::from_uuid(uuid(n))
}

pub fn operator(organization: u32, n: u32) -> Operator {
    Operator {
        id: operator_id(n),
        organization_id: organization_id(organization),
        name: format!("Operator {n}").parse().unwrap(),
        number: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn operator_run_id(n: u32) -> OperatorRunId {
    OperatorRunId::from_uuid(uuid(n))
}

/// A run of operator 1 at a node: from microsecond `n` of the tests on.
pub fn operator_run(organization: u32, n: u32, node: u32) -> SavedOperatorRun {
    SavedOperatorRun {
        id: operator_run_id(n),
        organization_id: organization_id(organization),
        node_id: node_id(node),
        operator_id: operator_id(1),
        start_at: at(i64::from(n)),
        end_at: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn reject_id(n: u32) -> RejectId {
    RejectId::from_uuid(uuid(n))
}

/// A reject of a node at microsecond `n` of the tests.
pub fn reject(organization: u32, n: u32, node: u32) -> SavedReject {
    SavedReject {
        id: reject_id(n),
        organization_id: organization_id(organization),
        node_id: node_id(node),
        at: at(i64::from(n)),
        kind: RejectKind::Scrap,
        parts: 1,
        note: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

/// A part correction of a node at microsecond `n` of the tests.
pub fn part_correction(organization: u32, n: u32, node: u32) -> SavedPartCorrection {
    SavedPartCorrection {
        id: PartCorrectionId::from_uuid(uuid(n)),
        organization_id: organization_id(organization),
        node_id: node_id(node),
        at: at(i64::from(n)),
        parts: -1,
        note: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn goal_id(n: u32) -> GoalId {
    GoalId::from_uuid(uuid(n))
}

/// A goal for an organization.
pub fn goal(organization: u32, n: u32) -> Goal {
    Goal {
        id: goal_id(n),
        organization_id: organization_id(organization),
        site_id: None,
        node_id: None,
        job_operation_id: None,
        metric: GoalMetric::Oee,
        warning_ratio: Ratio::from_f64(0.8).unwrap(),
        failure_ratio: Ratio::from_f64(0.6).unwrap(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub const fn user_id(n: u32) -> UserId {
    UserId::from_uuid(uuid(n))
}

pub const fn role_id(n: u32) -> RoleId {
    RoleId::from_uuid(uuid(n))
}

/// A user with roles in organizations.
pub fn user(n: u32, memberships: &[(u32, RoleRef)]) -> User {
    let membership =
        |(n, role): &(u32, RoleRef)| Membership { organization_id: organization_id(*n), role: *role };
    User {
        id: user_id(n),
        email: format!("user{n}@example.com").parse().unwrap(),
        name: format!("User {n}").parse().unwrap(),
        server_administrator: false,
        disabled_at: None,
        has_password: false,
        second_factor: false,
        last_login_at: None,
        memberships: memberships.iter().map(membership).collect(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub fn role(organization: u32, n: u32) -> Role {
    Role {
        id: role_id(n),
        organization_id: organization_id(organization),
        name: format!("Role {n}").parse().unwrap(),
        description: None,
        scopes: [Scope::EVERYTHING].into(),
        reach: Reach::EVERYTHING,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub fn node(organization: u32, n: u32) -> Node {
    let name = format!("node-{n}").parse().unwrap();
    let (id, organization) = (node_id(n), organization_id(organization));
    Node {
        address: Some(format!("10.0.0.{n}").parse().unwrap()),
        updated_at: at(i64::from(n) + 1),
        ..Node::new(id, organization, NodeType::Generic, name, at(i64::from(n)))
    }
}

pub const fn service_id(n: u32) -> ServiceId {
    ServiceId::from_uuid(uuid(n))
}

pub const fn agent_id(n: u32) -> AgentId {
    AgentId::from_uuid(uuid(n))
}

pub fn service(organization: u32, n: u32) -> Service {
    Service {
        id: service_id(n),
        organization_id: organization_id(organization),
        kind: ServiceType::External,
        name: format!("Service {n}").parse().unwrap(),
        nodes: BTreeSet::new(),
        address: None,
        port: None,
        socket: None,
        environment: None,
        cluster: None,
        replication_set: None,
        version: None,
        database_name: None,
        auto_discovery_limit: None,
        group: None,
        labels: Labels::default(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub fn agent(organization: u32, n: u32) -> Agent {
    Agent {
        id: agent_id(n),
        organization_id: organization_id(organization),
        kind: AgentType::ExternalExporter,
        runs_on: None,
        observes: Observed::default(),
        enabled: true,
        description: None,
        settings: Settings::default(),
        secrets: BTreeSet::new(),
        listen_port: None,
        configured_port: None,
        status: AgentStatus::Unknown,
        status_since: at(i64::from(n)),
        reported: Reported::default(),
        labels: Labels::default(),
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
    }
}

pub async fn add_users(store: &Store, users: &[User]) {
    let mut tx = store.begin().await.unwrap();
    for user in users {
        tx.users(&Reach::EVERYTHING).create(user).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub async fn add_roles(store: &Store, roles: &[Role]) {
    let mut tx = store.begin().await.unwrap();
    for role in roles {
        tx.roles(&OrganizationReach::whole(role.organization_id)).create(role).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub const fn digest(pepper: u32, byte: u8) -> DigestedSecret {
    DigestedSecret { pepper, digest: SecretDigest([byte; 32]) }
}

/// A key of an organization; a root key if there is none.
pub fn key(organization: Option<u32>, n: u32) -> KeyDigests {
    let key = Key {
        id: key_id(n),
        kind: if organization.is_some() { KeyKind::Org } else { KeyKind::Root },
        name: format!("Key {n}").parse().unwrap(),
        description: None,
        organization_id: organization.map(organization_id),
        user: None,
        role: None,
        scopes: [Scope::EVERYTHING].into(),
        reach: organization.map_or(Reach::EVERYTHING, |n| only(&[n])),
        not_before: None,
        expires_at: None,
        disabled: None,
        allowed_ips: Vec::new(),
        denied_ips: Vec::new(),
        rate_limit: None,
        command_limits: None,
        enrolment: None,
        agent: None,
        created_at: at(i64::from(n)),
        created_by: Actor::System,
        updated_at: at(i64::from(n) + 1),
        revision: Revision::FIRST,
        last_used: None,
        previous_secret_until: None,
    };
    KeyDigests { key, current: digest(1, n.to_le_bytes()[0]), previous: None }
}

pub async fn add_organizations(store: &Store, numbers: &[u32]) {
    let mut tx = store.begin().await.unwrap();
    for n in numbers {
        tx.organizations(&Reach::EVERYTHING).create(&organization(*n)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub async fn add_sites(store: &Store, sites: &[Site]) {
    let mut tx = store.begin().await.unwrap();
    for site in sites {
        tx.sites(&OrganizationReach::whole(site.organization_id)).create(site).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Adds nodes, each by itself: in the order given, whatever their organizations.
pub async fn add_nodes(store: &Store, nodes: &[Node]) {
    let mut tx = store.begin().await.unwrap();
    for node in nodes {
        tx.nodes(&OrganizationReach::whole(node.organization_id)).create(node).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub async fn add_keys(store: &Store, keys: &[KeyDigests]) {
    let mut tx = store.begin().await.unwrap();
    for key in keys {
        tx.keys(&Reach::EVERYTHING).create(key).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Adds services, each by itself.
pub async fn add_services(store: &Store, services: &[Service]) {
    let mut tx = store.begin().await.unwrap();
    for service in services {
        tx.services(&OrganizationReach::whole(service.organization_id)).create(service).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Adds agents, each by itself.
pub async fn add_agents(store: &Store, agents: &[Agent]) {
    let mut tx = store.begin().await.unwrap();
    for agent in agents {
        tx.agents(&OrganizationReach::whole(agent.organization_id)).create(agent).await.unwrap();
    }
    tx.commit().await.unwrap();
}
