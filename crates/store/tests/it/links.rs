use bailiwick_domain::agent::{Agent, AgentStatus, AgentType, ProgramHealth, Reported};
use bailiwick_domain::enrolment::Enrolment;
use bailiwick_domain::facts::Facts;
use bailiwick_domain::key::KeyKind;
use bailiwick_domain::node::NodeRef;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::presence::NodeStatus;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::Store;
use bailiwick_store::change::Change;
use bailiwick_store::links::AgentReport;
use bailiwick_store::presence::Sighting;
use uuid::Uuid;

use crate::database::Database;
use crate::list::all;
use crate::samples::{
    add_agents, add_keys, add_nodes, add_organizations, agent, agent_id, at, key, key_id, node, node_id,
    organization_id, whole,
};

on_both!(
    a_node_that_loses_its_agent_loses_its_presence,
    the_presence_of_a_node_is_stored,
    another_client_is_a_sign_of_life_only_without_an_agent_of_ours,
    nodes_are_listed_and_filtered_by_status,
    reports_of_agents_do_not_change_the_revision,
    a_machine_is_found_by_its_machine_id,
    an_enrolment_key_has_no_more_uses_than_its_limit,
    the_keys_of_an_agent_are_deleted_with_it,
    the_keys_of_an_agent_move_to_another_node_with_it,
    reports_fill_gaps_or_come_with_the_agent,
);

async fn see(store: &Store, seen: &[(u32, Timestamp, bool)]) {
    let seen: Vec<_> = seen
        .iter()
        .map(|(n, at, left)| Sighting { node: node_id(*n), at: *at, left: *left, by_ours: false })
        .collect();
    let mut tx = store.begin().await.unwrap();
    tx.see_nodes(&seen).await.unwrap();
    tx.commit().await.unwrap();
}

async fn another_client_is_a_sign_of_life_only_without_an_agent_of_ours(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let ours = Agent { kind: AgentType::BailiwickAgent, runs_on: Some(node_id(2)), ..agent(1, 1) };
    add_agents(&db.store, &[ours]).await;
    let seen = [1, 2].map(|n| Sighting { node: node_id(n), at: at(30), left: false, by_ours: false });
    let mut tx = db.store.begin().await.unwrap();
    tx.see_nodes(&seen).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.presence(node_id(1)).await.unwrap().unwrap().last_seen_at, at(30));
    assert_eq!(db.store.presence(node_id(2)).await.unwrap(), None);
}

async fn a_node_that_loses_its_agent_loses_its_presence(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let ours = |n| Agent { kind: AgentType::BailiwickAgent, runs_on: Some(node_id(n)), ..agent(1, n) };
    add_agents(&db.store, &[ours(1), ours(2)]).await;
    let seen = [1, 2].map(|n| Sighting { node: node_id(n), at: at(30), left: false, by_ours: true });
    let mut tx = db.store.begin().await.unwrap();
    tx.see_nodes(&seen).await.unwrap();
    tx.agents(&whole(1)).delete_many(&[agent_id(1)]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.presence(node_id(1)).await.unwrap(), None);
    assert_eq!(db.store.presence(node_id(2)).await.unwrap().unwrap().last_seen_at, at(30));
    // What was heard of it before arrives late.
    let mut tx = db.store.begin().await.unwrap();
    tx.see_nodes(&seen).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.presence(node_id(1)).await.unwrap(), None);
}

async fn the_presence_of_a_node_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let presence = async || db.store.presence(node_id(1)).await.unwrap();
    assert_eq!(presence().await, None);
    let begin = at(1).plus_seconds(1_000_000);
    let after = |seconds| begin.plus_seconds(seconds);
    // One of a node that is gone takes nothing from the others.
    see(&db.store, &[(1, begin, false), (9, begin, false)]).await;
    let mut expected = presence().await.unwrap();
    assert_eq!((expected.last_seen_at, expected.online_since, expected.left_at), (begin, begin, None));
    for (seconds, left) in [(200, false), (100, false), (499, false), (800, false), (900, true), (901, false)]
    {
        see(&db.store, &[(1, after(seconds), left)]).await;
        expected = expected.seen(after(seconds));
        expected.left_at = left.then(|| after(seconds));
        assert_eq!(presence().await, Some(expected), "after {seconds} s");
    }
    assert_eq!(expected.online_since, after(901), "a node that returns must be online since its return");
    // The good-bye to another server arrives late.
    see(&db.store, &[(1, after(850), true)]).await;
    assert_eq!(presence().await, Some(expected));
    // A clock was a day ahead, and is right again: what is seen now counts.
    see(&db.store, &[(1, after(86_400), false)]).await;
    for (seconds, left) in [(910, false), (920, true)] {
        see(&db.store, &[(1, after(seconds), left)]).await;
        let found = presence().await.unwrap();
        assert_eq!(found.last_seen_at, after(seconds));
        assert_eq!(found.left_at, left.then(|| after(seconds)));
        assert!(found.online_since <= found.last_seen_at);
    }
}

async fn nodes_are_listed_and_filtered_by_status(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(1, 3), node(1, 4), node(1, 5), node(2, 6)]).await;
    let now = at(1).plus_seconds(1_000_000);
    let ago = |seconds: i64| now.plus_seconds(-seconds);
    see(&db.store, &[(1, ago(74), false), (2, ago(75), false), (3, ago(300), false), (4, ago(1), true)])
        .await;
    see(&db.store, &[(6, now, false)]).await;
    let reach = whole(1);
    let everything =
        db.store.nodes(&reach).list_seen(&NodeFilter::default(), all("name")).await.unwrap().items;
    assert_eq!(everything.len(), 5);
    for status in NodeStatus::ALL {
        let filter = NodeFilter { status: Some((status, now)), ..NodeFilter::default() };
        let found = db.store.nodes(&reach).list_seen(&filter, all("name")).await.unwrap().items;
        let status_of = |seen: &bailiwick_store::nodes::SeenNode| {
            seen.presence.map_or(NodeStatus::Unknown, |presence| presence.status(now).0)
        };
        let expected: Vec<_> = everything.iter().filter(|seen| status_of(seen) == status).cloned().collect();
        assert!(!expected.is_empty());
        assert_eq!(found, expected, "{status:?}");
        assert_eq!(
            db.store.nodes(&reach).count(&filter).await.unwrap(),
            i64::try_from(expected.len()).unwrap()
        );
    }
}

fn health(status: AgentStatus, version: &str) -> ProgramHealth {
    ProgramHealth {
        status,
        since: at(7),
        started_at: None,
        listen_port: None,
        reported: Reported { version: Some(version.into()), last_error: None },
        log: Vec::new(),
    }
}

async fn reports_of_agents_do_not_change_the_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let mut ours = agent(1, 1);
    (ours.kind, ours.runs_on) = (AgentType::BailiwickAgent, Some(node_id(1)));
    add_agents(&db.store, std::slice::from_ref(&ours)).await;
    let facts = Facts { hostname: Some("db-1".into()), cpu_cores: Some(2), ..Facts::default() };
    let mut tx = db.store.begin().await.unwrap();
    tx.links().set_facts(&[(node_id(1), facts.clone())]).await.unwrap();
    let report =
        |node, health| AgentReport { agent: agent_id(1), node: node_id(node), health, last_heard: None };
    tx.links().set_reports(&[report(1, health(AgentStatus::Running, "1"))]).await.unwrap();
    // Nobody tells of an agent that runs elsewhere.
    tx.links().set_reports(&[report(2, health(AgentStatus::Done, "2"))]).await.unwrap();
    // Nor does a server that lost sight of one which another has seen since.
    tx.see_nodes(&[Sighting { node: node_id(1), at: at(30), left: false, by_ours: true }]).await.unwrap();
    let lost =
        |heard| AgentReport { last_heard: Some(heard), ..report(1, health(AgentStatus::Unknown, "3")) };
    tx.links().set_reports(&[lost(at(29))]).await.unwrap();
    tx.commit().await.unwrap();
    let reach = whole(1);
    let seen = db.store.nodes(&reach).find_seen(&NodeRef::Id(node_id(1))).await.unwrap().unwrap();
    assert_eq!((seen.node, seen.facts), (node(1, 1), Some(facts)));
    let found = db.store.agents(&reach).get(agent_id(1)).await.unwrap().unwrap();
    assert_eq!((found.status, found.status_since), (AgentStatus::Running, at(7)));
    assert_eq!((found.revision, found.updated_at), (ours.revision, ours.updated_at));
    let mut tx = db.store.begin().await.unwrap();
    tx.links().set_reports(&[lost(at(30))]).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.store.agents(&reach).get(agent_id(1)).await.unwrap().unwrap();
    assert_eq!(found.status, AgentStatus::Unknown);
}

async fn a_machine_is_found_by_its_machine_id(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let machine = |organization, n| {
        let mut node = node(organization, n);
        node.machine_id = Some("machine".parse().unwrap());
        node
    };
    add_nodes(&db.store, &[machine(1, 1), node(1, 2), machine(2, 3)]).await;
    let mut ours = agent(1, 1);
    (ours.kind, ours.runs_on) = (AgentType::BailiwickAgent, Some(node_id(1)));
    add_agents(&db.store, &[ours]).await;
    let id = "machine".parse().unwrap();
    let mut links = db.store.links();
    let [found] = links.machines(organization_id(1), &id).await.unwrap().try_into().unwrap();
    assert_eq!((found.node, found.agent, found.presence), (node_id(1), Some(agent_id(1)), None));
    let uid = Uuid::from_u128(7);
    assert_eq!(links.instance(organization_id(1), uid).await.unwrap(), None);
    let mut tx = db.store.begin().await.unwrap();
    tx.links().set_instance(agent_id(1), uid).await.unwrap();
    tx.commit().await.unwrap();
    let linked = links.instance(organization_id(1), uid).await.unwrap().unwrap();
    assert_eq!((linked.id, linked.node, linked.machine_id), (agent_id(1), node_id(1), Some(id.clone())));
    assert_eq!(links.instance(organization_id(2), uid).await.unwrap(), None);
    add_nodes(&db.store, &[machine(1, 4), machine(1, 5)]).await;
    assert_eq!(
        links.machines(organization_id(1), &id).await.unwrap().len(),
        3,
        "not all nodes of the machine were found"
    );
    let taken = links.taken_names(organization_id(1), &[node(1, 2).name, "free".parse().unwrap()]).await;
    assert_eq!(taken.unwrap(), [node(1, 2).name.to_string()]);
}

async fn an_enrolment_key_has_no_more_uses_than_its_limit(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let mut enrols = key(Some(1), 1);
    enrols.key.kind = KeyKind::Enrol;
    enrols.key.enrolment = Some(Enrolment { uses: 2, used: 0, site_id: None, labels: Default::default() });
    add_keys(&db.store, &[enrols.clone()]).await;
    let reach = Reach::EVERYTHING;
    let take = async || {
        let mut tx = db.store.begin().await.unwrap();
        let taken = tx.links().use_enrolment(key_id(1), 2).await.unwrap();
        tx.commit().await.unwrap();
        taken
    };
    assert!(take().await && take().await && !take().await);
    let found = db.store.keys(&reach).get(key_id(1)).await.unwrap().unwrap();
    assert_eq!(found.enrolment.as_ref().map(|enrolment| (enrolment.used, enrolment.left())), Some((2, 0)));
    assert_eq!(found.revision, enrols.key.revision, "an enrolment changed the revision of the key");
    // Nor does an edit count anew.
    let mut edited = found.clone();
    edited.name = "Rack 8".parse().unwrap();
    let mut tx = db.store.begin().await.unwrap();
    tx.keys(&reach).update(&edited, found.revision).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!take().await);
}

async fn the_keys_of_an_agent_are_deleted_with_it(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    let mut ours = agent(1, 1);
    (ours.kind, ours.runs_on) = (AgentType::BailiwickAgent, Some(node_id(1)));
    add_agents(&db.store, std::slice::from_ref(&ours)).await;
    let of_agent = |n| {
        let mut key = key(Some(1), n);
        (key.key.kind, key.key.agent) = (KeyKind::Agent, Some(agent_id(1)));
        key
    };
    add_keys(&db.store, &[of_agent(1), of_agent(2), of_agent(3), key(Some(1), 4)]).await;
    let mut links = db.store.links();
    assert_eq!(links.keys(agent_id(1)).await.unwrap().len(), 3);
    let mut tx = db.store.begin().await.unwrap();
    assert_eq!(tx.links().delete_keys(agent_id(1), Some(key_id(2))).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
    let reach = Reach::EVERYTHING;
    let kept = db.store.keys(&reach).get(key_id(2)).await.unwrap().unwrap();
    assert_eq!((kept.expires_at, kept.agent), (None, Some(agent_id(1))));
    assert_eq!(db.store.links().agent(agent_id(1)).await.unwrap().unwrap().keys, 1);
    let mut tx = db.store.begin().await.unwrap();
    tx.agents(&whole(1)).delete(agent_id(1), ours.revision).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.keys(&reach).get(key_id(2)).await.unwrap(), None);
    assert!(db.store.keys(&reach).get(key_id(4)).await.unwrap().is_some());
}

async fn the_keys_of_an_agent_move_to_another_node_with_it(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    let ours = Agent { kind: AgentType::BailiwickAgent, runs_on: Some(node_id(1)), ..agent(1, 1) };
    add_agents(&db.store, &[ours]).await;
    let mut its = key(Some(1), 1);
    (its.key.kind, its.key.agent) = (KeyKind::Agent, Some(agent_id(1)));
    its.key.reach = Reach { nodes: Some([node_id(1)].into()), ..Reach::EVERYTHING };
    add_keys(&db.store, &[its]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.links().move_agent(agent_id(1), node_id(2)).await.unwrap();
    let changes = tx.commit().await.unwrap();
    // This ends the agent's connection, which is that of the other node.
    assert!(changes.contains(&Change::Agent(agent_id(1))) && changes.contains(&Change::Key(key_id(1))));
    let moved = db.store.keys(&Reach::EVERYTHING).get(key_id(1)).await.unwrap().unwrap();
    assert_eq!((moved.agent, moved.reach.nodes), (Some(agent_id(1)), Some([node_id(2)].into())));
}

async fn reports_fill_gaps_or_come_with_the_agent(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(1, 3)]).await;
    let facts = |name: &str| Facts { hostname: Some(name.into()), ..Facts::default() };
    see(&db.store, &[(1, at(10), false), (2, at(20), false)]).await;
    let report = async |from, to, agent_moves| {
        let mut tx = db.store.begin().await.unwrap();
        let reported = [(node_id(1), facts("one")), (node_id(2), facts("two"))];
        tx.links().set_facts(&reported).await.unwrap();
        tx.move_reports(node_id(from), node_id(to), agent_moves).await.unwrap();
        tx.commit().await.unwrap();
        let reach = whole(1);
        let seen = db.store.nodes(&reach).find_seen(&NodeRef::Id(node_id(to))).await.unwrap().unwrap();
        let name = seen.facts.and_then(|facts| facts.hostname).unwrap_or_default();
        (name, seen.presence.map(|presence| presence.last_seen_at))
    };
    assert_eq!(report(1, 2, false).await, ("two".to_owned(), Some(at(20))));
    assert_eq!(report(1, 3, false).await, ("one".to_owned(), None));
    assert_eq!(report(1, 2, true).await, ("one".to_owned(), Some(at(10))));
}
