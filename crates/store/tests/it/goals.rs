use bailiwick_domain::meaning::goal::{Goal, GoalMetric, Ratio};
use bailiwick_domain::revision::Revision;
use bailiwick_store::goals::GoalFilter;
use bailiwick_store::{Error, Store};

use crate::database::Database;
use crate::list::{all, walk};
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, goal, goal_id, job_operation, job_operation_id, node,
    node_id, organization_id, site, site_id, whole,
};

on_both!(goals_are_stored_and_filtered, a_goal_is_there_once, a_goal_goes_with_what_it_is_for);

/// Goals for the organization, a site, a node and a job operation.
async fn plant(db: &Database) -> [Goal; 4] {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1)]).await;
    add_nodes(&db.store, &[node(1, 1)]).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.job_operations(&whole(1)).create(&job_operation(1, 1)).await.unwrap();
    tx.commit().await.unwrap();
    let goals = [
        goal(1, 1),
        Goal { site_id: Some(site_id(1)), ..goal(1, 2) },
        Goal { node_id: Some(node_id(1)), metric: GoalMetric::Parts, ..goal(1, 3) },
        Goal { job_operation_id: Some(job_operation_id(1)), ..goal(1, 4) },
    ];
    add(&db.store, &goals).await;
    goals
}

async fn add(store: &Store, goals: &[Goal]) {
    let mut tx = store.begin().await.unwrap();
    for goal in goals {
        tx.goals(&whole(1)).create(goal).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn goals_are_stored_and_filtered(db: &Database) {
    let goals = plant(db).await;
    let reach = whole(1);
    for goal in &goals {
        assert_eq!(db.store.goals(&reach).get(goal.id).await.unwrap().as_ref(), Some(goal));
        assert_eq!(db.store.goals(&reach).like(goal).await.unwrap().as_ref(), Some(goal));
        assert_eq!(db.store.goals(&whole(2)).get(goal.id).await.unwrap(), None);
    }
    assert_eq!(db.store.goals(&reach).count().await.unwrap(), 4);
    assert_eq!(db.store.meaning(organization_id(1)).goals().await.unwrap(), goals);
    let every = GoalFilter::default();
    let page = async |list| db.store.goals(&reach).list(&every, list).await;
    assert_eq!(walk("created_at", 1, page).await, goals);
    for (filter, found) in [
        (GoalFilter { site: Some(site_id(1)), ..every.clone() }, vec![2]),
        (GoalFilter { node: Some(node_id(1)), ..every.clone() }, vec![3]),
        (GoalFilter { job_operation: Some(job_operation_id(1)), ..every.clone() }, vec![4]),
        (GoalFilter { metric: Some(GoalMetric::Oee), ..every.clone() }, vec![1, 2, 4]),
    ] {
        let items = db.store.goals(&reach).list(&filter, all("created_at")).await.unwrap().items;
        let found: Vec<_> = found.into_iter().map(goal_id).collect();
        assert_eq!(items.iter().map(|goal| goal.id).collect::<Vec<_>>(), found, "{filter:?}");
    }
    let changed = Goal {
        warning_ratio: Ratio::from_f64(10.0).unwrap(),
        failure_ratio: Ratio::from_f64(0.000_001).unwrap(),
        updated_at: at(99),
        revision: Revision::new(2),
        ..goals[0].clone()
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.goals(&reach).update(&changed, Revision::FIRST).await.unwrap();
    assert!(matches!(tx.goals(&reach).update(&changed, Revision::FIRST).await, Err(Error::Changed)));
    tx.goals(&reach).delete(goal_id(2), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.goals(&reach).get(goal_id(1)).await.unwrap(), Some(changed));
    assert_eq!(db.store.goals(&reach).get(goal_id(2)).await.unwrap(), None);
}

async fn a_goal_is_there_once(db: &Database) {
    for same in plant(db).await {
        let mut tx = db.store.begin().await.unwrap();
        let created = tx.goals(&whole(1)).create(&Goal { id: goal_id(9), ..same }).await;
        assert!(matches!(created, Err(Error::Taken)), "{created:?}");
    }
}

async fn a_goal_goes_with_what_it_is_for(db: &Database) {
    let goals = plant(db).await;
    let reach = whole(1);
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&reach).delete(node_id(1), Revision::FIRST).await.unwrap();
    tx.sites(&reach).delete(site_id(1), Revision::FIRST).await.unwrap();
    tx.job_operations(&reach).delete(&job_operation(1, 1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.meaning(organization_id(1)).goals().await.unwrap(), goals[..1]);
}
