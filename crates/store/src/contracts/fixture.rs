//! The contents of the database on which the lists of `contracts/sql/` are read. Nothing in it is random or
//! depends on the time, so that the plans stay the same.

use std::net::IpAddr;

use bailiwick_domain::agent::{AgentType, Observed};
use bailiwick_domain::audit::{Event, Outcome, Target};
use bailiwick_domain::command::{Command, Instruction, Shell, Targets};
use bailiwick_domain::id::{CommandId, NodeId, ScheduleId, ScriptId, SessionId};
use bailiwick_domain::key::{Actor, KeyKind};
use bailiwick_domain::maintenance_window::MaintenanceWindow;
use bailiwick_domain::meaning::downtime::SavedAnnotation;
use bailiwick_domain::meaning::goal::Goal;
use bailiwick_domain::meaning::job::SavedJobRun;
use bailiwick_domain::meaning::operator::{Operator, SavedOperatorRun};
use bailiwick_domain::name::Detail;
use bailiwick_domain::node::{Node, NodeSummary, NodeType};
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::role::{BuiltInRole, RoleRef};
use bailiwick_domain::schedule::{Schedule, Work};
use bailiwick_domain::script::{SavedScript, ScriptVersion};
use bailiwick_domain::service::{Service, ServiceType};
use bailiwick_domain::session::{Session, TokenDigest};
use bailiwick_domain::update::{Severity, Update, UpdateScan, UpdateSource};
use uuid::Uuid;

use super::samples::{
    agent, annotation, at, calendar, downtime_reason, downtime_reason_id, goal, job_operation,
    job_operation_id, job_run, key, labels, maintenance_window, node, node_id, operator, operator_id,
    operator_run, organization, organization_id, part_correction, reject, role, service, service_id, site,
    site_id, user, user_id, whole,
};
use crate::Tx;
use crate::commands::{Begin, NewResult};
use crate::database::store::Store;
use crate::presence::Sighting;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// What the head of each file says about the database.
pub(super) const ABOUT: &str = "\
Written by `cargo xtask generate`; docs/architecture.md says how to read it. SQL has line breaks here that it
does not have when it is sent. The values of placeholders are those of the fixture.

The fixture: 1,200 organizations. The first owns nearly everything else: 3,000 nodes at three sites of 1,200
(70 % with env=prod, 60 % with tier=web, 15 with a label `canary`; 750 run on one host; 1,800 online), 3,000
services on them (the same labels; two environments, 20 clusters, ten groups), 3,000 agents that run on nodes
and observe services (the same labels), 1,200 scripts, 1,200 schedules, 1,199 commands with two results and
one with 1,200, 200 maintenance windows, 200 calendars of sites, 200 reasons of downtime
with 3,000 annotations of 300 nodes, ten each (20 reasons, the last of each node open), 1,200
job operations with 3,000 runs of the same kind (20 job operations), 1,200 operators with 3,000 runs of the same
kind (20 operators), 3,000 rejects and part corrections of these nodes, 1,200 goals for
nodes, 1,200 updates of one node and three of each of 399 others, 200 roles,
1,200 users with a session each (one has 20), 1,200 keys, and an audit trail of 4,000 entries. 200 nodes belong
to the second.
Nodes, services, agents and entries have long texts, so that their tables have many pages.

SQLite has no statistics, as in a server, which never runs ANALYZE. Where statistics would change the plan,
that plan is shown too. PostgreSQL has statistics of all rows, was not vacuumed, and has its default costs, no
JIT and no parallel workers.";

/// How many objects most lists have.
const MANY: u32 = 1_200;
/// How many nodes, services and agents there are.
const MACHINES: u32 = 3_000;

fn uuid(kind: u128, n: u32) -> Uuid {
    Uuid::from_u128(0x0193_2f4e_7b5a_7c3d_8e9f_0000_0000_0000 + (kind << 40) + u128::from(n))
}

pub(super) fn command_id(n: u32) -> CommandId {
    CommandId::from_uuid(uuid(1, n))
}

pub(super) fn schedule_id(n: u32) -> ScheduleId {
    ScheduleId::from_uuid(uuid(2, n))
}

pub(super) fn detail(text: &str) -> Detail {
    text.parse().unwrap()
}

/// Fills an empty database.
pub(super) async fn fill(store: &Store) {
    let mut tx = store.begin().await.unwrap();
    for n in 1..=MANY {
        tx.organizations(&Reach::EVERYTHING).create(&organization(n)).await.unwrap();
    }
    fill_inventory(&mut tx).await;
    fill_people(&mut tx).await;
    fill_work(&mut tx).await;
    for n in 1..=4_000 {
        tx.append_audit(event(n)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The labels of machine `n`.
fn labels_of(n: u32) -> bailiwick_domain::label::Labels {
    let env = if n % 10 < 7 { "prod" } else { "test" };
    let tier = if n % 5 < 3 { "web" } else { "db" };
    let mut pairs = vec![("env", env), ("tier", tier)];
    if n % 200 == 7 {
        pairs.push(("canary", "yes"));
    }
    labels(&pairs)
}

fn node_of(organization: u32, n: u32) -> Node {
    Node {
        site_id: (organization == 1).then(|| site_id(1 + n % 3)),
        host_id: (organization == 1 && n > 1 && n.is_multiple_of(4)).then(|| node_id(1)),
        kind: if n.is_multiple_of(4) { NodeType::Container } else { NodeType::Generic },
        name: format!("node-{n:04}").parse().unwrap(),
        address: Some(format!("10.0.{}.{}", n / 250, n % 250).parse().unwrap()),
        // As wide as a node with facts: a table of few pages would be read as a whole.
        description: Some("x".repeat(1_500).parse().unwrap()),
        labels: labels_of(n),
        ..node(organization, n)
    }
}

fn service_of(n: u32) -> Service {
    Service {
        kind: if n.is_multiple_of(2) { ServiceType::Postgresql } else { ServiceType::Mysql },
        name: format!("service-{n:04}").parse().unwrap(),
        nodes: [node_id(n)].into(),
        environment: Some(detail(if n % 10 < 7 { "production" } else { "testing" })),
        cluster: Some(detail(&format!("cluster-{}", n % 20))),
        group: Some(detail(&format!("group-{}", n % 10))),
        replication_set: Some(detail(&"x".repeat(255))),
        version: Some(detail(&"x".repeat(255))),
        database_name: Some(detail(&"x".repeat(255))),
        labels: labels_of(n),
        ..service(1, n)
    }
}

async fn fill_inventory(tx: &mut Tx) {
    for n in 1..=MANY {
        tx.sites(&whole(1))
            .create(&bailiwick_domain::site::Site { labels: labels_of(n), ..site(1, n) })
            .await
            .unwrap();
    }
    let nodes: Vec<_> = (1..=MACHINES).map(|n| node_of(1, n)).collect();
    tx.nodes(&whole(1)).create_many(&nodes).await.unwrap();
    let others: Vec<_> = (MACHINES + 1..=MACHINES + 200).map(|n| node_of(2, n)).collect();
    tx.nodes(&whole(2)).create_many(&others).await.unwrap();
    let seen: Vec<_> = (1..=MACHINES)
        .map(|n| Sighting {
            node: node_id(n),
            at: at(if n % 5 < 3 { 3_600_000_000 } else { 0 }),
            left: false,
            by_ours: false,
        })
        .filter(|seen| seen.node != node_id(2))
        .collect();
    tx.see_nodes(&seen).await.unwrap();
    let services: Vec<_> = (1..=MACHINES).map(service_of).collect();
    tx.services(&whole(1)).create_many(&services).await.unwrap();
    let agents: Vec<_> = (1..=MACHINES)
        .map(|n| bailiwick_domain::agent::Agent {
            kind: if n.is_multiple_of(2) { AgentType::PostgresExporter } else { AgentType::NodeExporter },
            runs_on: Some(node_id(n)),
            observes: Observed { nodes: [node_id(n)].into(), services: [service_id(n)].into() },
            enabled: n % 10 != 0,
            description: Some("x".repeat(1_500).parse().unwrap()),
            labels: labels_of(n),
            ..agent(1, n)
        })
        .collect();
    tx.agents(&whole(1)).create_many(&agents).await.unwrap();
    for n in 1..=400 {
        let updates = (1..=if n == 1 { MANY } else { 3 }).map(|u| update(n, u)).collect();
        let scan = UpdateScan { source: UpdateSource::Apt, updates, reboot_required: false, refreshed: true };
        assert!(tx.record_updates(node_id(n), None, scan, at(1)).await.unwrap());
    }
}

fn update(n: u32, u: u32) -> Update {
    Update {
        name: format!("package-{:04}", if n == 1 { u } else { u * 100 + n % 7 }),
        title: None,
        installed_version: Some("1.0".into()),
        available_version: Some("1.1".into()),
        architecture: None,
        origin: None,
        security: u.is_multiple_of(3),
        severity: u.is_multiple_of(3).then_some(Severity::Important),
        references: Vec::new(),
    }
}

async fn fill_people(tx: &mut Tx) {
    for n in 1..=200 {
        tx.roles(&whole(1)).create(&role(1, n)).await.unwrap();
    }
    for n in 1..=MANY {
        let user = user(n, &[(1, RoleRef::BuiltIn(BuiltInRole::Viewer))]);
        tx.users(&Reach::EVERYTHING).create(&user).await.unwrap();
        for s in 0..if n == 1 { 20 } else { 1 } {
            let session = Session {
                id: SessionId::from_uuid(uuid(3, n * 100 + s)),
                user_id: user_id(n),
                address: IpAddr::from([192, 0, 2, 1]),
                user_agent: None,
                created_at: at(i64::from(s)),
                expires_at: at(1_000_000),
            };
            let mut token = [0; 32];
            token[..4].copy_from_slice(&(n * 100 + s).to_le_bytes());
            tx.begin_session(&session, TokenDigest(token)).await.unwrap();
        }
        let mut digests = key(Some(1), n);
        if n.is_multiple_of(10) {
            digests.key.user = Some(user_id(1 + n / 10 % 10));
            digests.key.role = Some(RoleRef::BuiltIn(BuiltInRole::Viewer));
        }
        if n % 20 == 5 {
            digests.key.kind = KeyKind::Enrol;
        }
        tx.keys(&Reach::EVERYTHING).create(&digests).await.unwrap();
    }
}

fn script(n: u32) -> SavedScript {
    SavedScript {
        id: ScriptId::from_uuid(uuid(4, n)),
        organization_id: organization_id(1),
        name: format!("Script {n}").parse().unwrap(),
        description: None,
        version: 1,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n)),
        revision: Revision::FIRST,
    }
}

fn schedule(n: u32) -> Schedule {
    Schedule {
        id: schedule_id(n),
        organization_id: organization_id(1),
        name: format!("Schedule {n}").parse().unwrap(),
        description: None,
        enabled: true,
        cron: "*/5 * * * *".parse().unwrap(),
        time_zone: "UTC".parse().unwrap(),
        run: Work::ScanUpdates,
        targets: Targets::labelled("env=prod".parse().unwrap()),
        timeout_seconds: 60,
        ttl_seconds: 3_600,
        output_limit_bytes: 65_536,
        max_lateness_seconds: None,
        ignore_maintenance_windows: false,
        owner: Actor::System,
        next_run_at: Some(at(i64::from(n))),
        last_run_at: None,
        last_command_id: None,
        last_error: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n)),
        revision: Revision::FIRST,
    }
}

fn command(n: u32, target_count: u32) -> Command {
    Command {
        id: command_id(n),
        organization_id: organization_id(1),
        instruction: if n.is_multiple_of(10) { Instruction::Reboot } else { Instruction::ScanUpdates },
        targets: Targets::labelled("env=prod".parse().unwrap()),
        target_count,
        timeout_seconds: 60,
        expires_at: at(1_000_000_000),
        output_limit_bytes: 100,
        created_by: Actor::System,
        schedule_id: (n % 10 < 3).then(|| schedule_id(1 + n % 10)),
        created_at: at(i64::from(n)),
        cancelled_at: None,
        finished_at: None,
    }
}

async fn fill_work(tx: &mut Tx) {
    let version = ScriptVersion {
        version: 1,
        shell: Shell::Sh,
        body: "true".into(),
        parameters: Vec::new(),
        created_at: at(1),
        created_by: Actor::System,
    };
    let result = |n: u32, is_sent| {
        let node = NodeSummary { id: NodeId::from_uuid(node_id(n).as_uuid()), name: node_of(1, n).name };
        NewResult { node, begin: if is_sent { Begin::Sent } else { Begin::Queued } }
    };
    for n in 1..=MANY {
        tx.scripts(&whole(1)).create(&script(n), &version).await.unwrap();
        tx.schedules(&whole(1)).create(&schedule(n)).await.unwrap();
        let results: Vec<_> = if n == 1 {
            (1..=MANY).map(|n| result(n, n % 5 < 4)).collect()
        } else {
            vec![result(n, true), result(n % 50 + 1_500, false)]
        };
        let command = command(n, u32::try_from(results.len()).unwrap());
        tx.commands(&whole(1)).create(&command, None, &results).await.unwrap();
    }
    for n in 1..=200 {
        let site_id = (n % 10 == 0).then(|| site_id(1));
        let window = MaintenanceWindow { site_id, enabled: n % 5 != 0, ..maintenance_window(1, n) };
        tx.maintenance_windows(&whole(1)).create(&window).await.unwrap();
        tx.calendars(&whole(1)).create(&calendar(1, n)).await.unwrap();
        tx.downtime_reasons(&whole(1)).create(&downtime_reason(1, n)).await.unwrap();
    }
    fill_meaning(tx).await;
    let finish = Statement::new(
        "UPDATE commands SET finished_at = created_at WHERE target_count = 2 AND kind = 'scan_updates'",
    );
    tx.execute(StatementName::CommandsFinish, finish).await.unwrap();
    let fail = Statement::new(
        "UPDATE commands SET has_failed = $1, outcome = 'failed' WHERE created_at % 100 = 3 AND finished_at IS NOT NULL",
    );
    tx.execute(StatementName::CommandsNoteFailures, fail.bind(true)).await.unwrap();
}

/// The end of object `n` of 3,000 of 300 nodes, which begins at microsecond `n`; none of the last of a node.
fn end(n: u32) -> Option<bailiwick_domain::time::Timestamp> {
    (n <= 2_700).then(|| at(i64::from(n) + 200))
}

async fn fill_meaning(tx: &mut Tx) {
    let reach = whole(1);
    for n in 1..=MANY {
        tx.job_operations(&reach).create(&job_operation(1, n)).await.unwrap();
        let goal = Goal { node_id: Some(node_id(n)), ..goal(1, n) };
        tx.goals(&reach).create(&goal).await.unwrap();
        let number = Some(n.to_string().parse().unwrap());
        tx.operators(&reach).create(&Operator { number, ..operator(1, n) }).await.unwrap();
    }
    for n in 1..=3_000 {
        let node = 1 + n % 300;
        let reason_id = downtime_reason_id(1 + n % 20);
        let annotation = SavedAnnotation { reason_id, end_at: end(n), ..annotation(1, n, node) };
        tx.of_nodes(&reach).create(&annotation).await.unwrap();
        let job_operation_id = job_operation_id(1 + n % 20);
        let run = SavedJobRun { job_operation_id, end_at: end(n), ..job_run(1, n, node) };
        tx.of_nodes(&reach).create(&run).await.unwrap();
        tx.of_nodes(&reach).create(&reject(1, n, node)).await.unwrap();
        tx.of_nodes(&reach).create(&part_correction(1, n, node)).await.unwrap();
        let operator_id = operator_id(1 + n % 20);
        let run = SavedOperatorRun { operator_id, end_at: end(n), ..operator_run(1, n, node) };
        tx.of_nodes(&reach).create(&run).await.unwrap();
    }
}

fn event(n: u32) -> Event {
    Event {
        at: at(i64::from(n)),
        actor: if n % 10 < 6 { Actor::System } else { Actor::User { id: user_id(1 + n % 40) } },
        organization_id: Some(organization_id(1)),
        operation: if n.is_multiple_of(20) { "sites.create".into() } else { "nodes.update".into() },
        targets: vec![Target::new("node", node_id(1 + n % 100))],
        outcome: if n.is_multiple_of(50) { Outcome::Denied } else { Outcome::Allowed },
        reason: Some("x".repeat(500)),
        address: None,
        request_id: None,
    }
}
