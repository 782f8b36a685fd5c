use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::job::{JobOperation, PartValue, SavedJobRun};
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::jobs::JobOperationFilter;
use bailiwick_store::of_nodes::{OfNodeFilter, Users};
use bailiwick_store::production_changes::Outdated;
use bailiwick_store::{Error, Store};

use crate::database::Database;
use crate::list::{all, walk};
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, at, job_operation, job_operation_id, job_run, job_run_id, node, node_id,
    whole,
};

on_both!(
    every_field_of_a_job_operation_is_stored,
    a_job_operation_is_there_once,
    job_operations_are_filtered_and_listed_in_order,
    new_times_of_a_job_operation_outdate_those_of_its_runs,
    every_field_of_a_job_run_is_stored,
    an_external_id_is_there_once,
);

async fn add(store: &Store, operations: &[JobOperation]) {
    let mut tx = store.begin().await.unwrap();
    for operation in operations {
        let reach = OrganizationReach::whole(operation.organization_id);
        tx.job_operations(&reach).create(operation).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn add_runs(store: &Store, runs: &[SavedJobRun]) {
    let mut tx = store.begin().await.unwrap();
    for run in runs {
        tx.of_nodes(&OrganizationReach::whole(run.organization_id)).create(run).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn full(n: u32) -> JobOperation {
    JobOperation {
        part: Some("P-77".parse().unwrap()),
        lot: Some("it's \"L\"".parse().unwrap()),
        description: Some("x".parse().unwrap()),
        ideal_part_ms: Some(1),
        expected_part_ms: Some(2_592_000_000),
        expected_setup_ms: Some(0),
        quantity_required: Some(500),
        due_at: Some(at(77)),
        part_value: Some(PartValue::from_f64(12.345_678).unwrap()),
        ..job_operation(1, n)
    }
}

async fn every_field_of_a_job_operation_is_stored(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add(&db.store, &[full(1), job_operation(1, 2)]).await;
    let reach = whole(1);
    let mut operations = db.store.job_operations(&reach);
    for operation in [full(1), job_operation(1, 2)] {
        assert_eq!(operations.get(operation.id).await.unwrap().as_ref(), Some(&operation));
        assert_eq!(operations.like(&operation).await.unwrap().as_ref(), Some(&operation));
        assert_eq!(db.store.job_operations(&whole(2)).get(operation.id).await.unwrap(), None);
    }
    assert_eq!(operations.count().await.unwrap(), 2);
    let changed = JobOperation { id: job_operation_id(2), revision: Revision::new(2), ..full(3) };
    let changed = JobOperation { created_at: job_operation(1, 2).created_at, ..changed };
    let mut tx = db.store.begin().await.unwrap();
    tx.job_operations(&reach).update(&changed, &job_operation(1, 2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.job_operations(&reach).get(changed.id).await.unwrap().as_ref(), Some(&changed));
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.job_operations(&reach).update(&changed, &job_operation(1, 2)).await;
    assert!(matches!(updated, Err(Error::Changed)));
    assert!(matches!(tx.job_operations(&whole(2)).delete(&changed).await, Err(Error::Changed)));
    tx.job_operations(&reach).delete(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.job_operations(&reach).get(changed.id).await.unwrap(), None);
}

async fn a_job_operation_is_there_once(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let bare = JobOperation { part: None, lot: None, ..full(2) };
    let of_part = JobOperation { lot: None, ..full(3) };
    let of_lot = JobOperation { part: None, ..full(4) };
    let same = |operation: &JobOperation| JobOperation {
        id: job_operation_id(9),
        job: full(1).job,
        name: full(1).name,
        ..operation.clone()
    };
    let with_name = |operation: &JobOperation| JobOperation { id: operation.id, ..same(operation) };
    let every = [full(1), with_name(&bare), with_name(&of_part), with_name(&of_lot)];
    add(&db.store, &every).await;
    for operation in &every {
        let mut tx = db.store.begin().await.unwrap();
        let created = tx.job_operations(&whole(1)).create(&same(operation)).await;
        assert!(matches!(created, Err(Error::Taken)), "{operation:?}");
        drop(tx);
        let like = db.store.job_operations(&whole(1)).like(&same(operation)).await.unwrap();
        assert_eq!(like.as_ref(), Some(operation));
    }
}

async fn job_operations_are_filtered_and_listed_in_order(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let mut expected: Vec<_> = (0..11)
        .map(|n: u32| JobOperation {
            job: format!("J-{}", n % 3).parse().unwrap(),
            part: n.is_multiple_of(2).then(|| "P".parse().unwrap()),
            created_at: at(i64::from((n * 5) % 4)),
            ..job_operation(1, n)
        })
        .collect();
    add(&db.store, &expected).await;
    add(&db.store, &[job_operation(2, 20)]).await;
    let reach = whole(1);
    let every = JobOperationFilter::default();
    for (ascending, descending) in [("job", "-job"), ("name", "-name"), ("created_at", "-created_at")] {
        match ascending {
            "job" => expected.sort_by_key(|o| (o.job.clone(), o.id)),
            "name" => expected.sort_by_key(|o| (o.name.clone(), o.id)),
            _ => expected.sort_by_key(|o| (o.created_at, o.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 3, 12] {
            let page = async |list| db.store.job_operations(&reach).list(&every, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
    expected.sort_by_key(|o| (o.job.clone(), o.id));
    let job = || Some("J-1".parse().unwrap());
    let part = || Some("P".parse().unwrap());
    for filter in [
        JobOperationFilter { job: job(), ..every.clone() },
        JobOperationFilter { part: part(), ..every.clone() },
        JobOperationFilter { job: job(), part: part() },
    ] {
        let matching = expected.iter().filter(|o| {
            filter.job.as_ref().is_none_or(|job| o.job == *job)
                && filter.part.as_ref().is_none_or(|part| o.part.as_ref() == Some(part))
        });
        let matching: Vec<_> = matching.cloned().collect();
        let found = db.store.job_operations(&reach).list(&filter, all("job")).await.unwrap().items;
        assert_eq!(found, matching, "{filter:?}");
    }
}

async fn new_times_of_a_job_operation_outdate_those_of_its_runs(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2)]).await;
    add(&db.store, &[job_operation(1, 1), job_operation(1, 2)]).await;
    let ended = |n, node, start, end| SavedJobRun {
        start_at: at(start),
        end_at: Some(at(end)),
        ..job_run(1, n, node)
    };
    let other = SavedJobRun { job_operation_id: job_operation_id(2), ..ended(3, 1, 100, 200) };
    add_runs(&db.store, &[ended(1, 1, 5, 9), ended(2, 1, 20, 30), other, job_run(1, 4, 2)]).await;
    noted(&db.store).await;
    let named =
        JobOperation { name: "x".parse().unwrap(), revision: Revision::new(2), ..job_operation(1, 1) };
    let timed = JobOperation { ideal_part_ms: Some(5), revision: Revision::new(3), ..named.clone() };
    let outdated = vec![
        (Area::Node(node_id(1)), Outdated::between(at(5), Some(at(30)))),
        (Area::Node(node_id(2)), Outdated::between(at(4), None)),
    ];
    for (before, after, expected) in [(job_operation(1, 1), named.clone(), vec![]), (named, timed, outdated)]
    {
        let mut tx = db.store.begin().await.unwrap();
        tx.job_operations(&whole(1)).update(&after, &before).await.unwrap();
        tx.commit().await.unwrap();
        let mut found = noted(&db.store).await;
        found.sort_by_key(|(area, _)| area.node());
        assert_eq!(found, expected);
    }
    let users = db.store.job_operations(&whole(1)).runs(job_operation_id(1), 2).await.unwrap();
    // The one on node 2 began first.
    let first = vec![(job_run_id(4).as_uuid(), at(4)), (job_run_id(1).as_uuid(), at(5))];
    assert_eq!(users, Users { count: 3, first });
    let mut tx = db.store.begin().await.unwrap();
    let read = JobOperation { revision: Revision::new(3), ..job_operation(1, 1) };
    let deleted = match tx.job_operations(&whole(1)).delete(&read).await {
        Ok(()) => tx.commit().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(matches!(deleted, Err(Error::InUse)), "{deleted:?}");
}

async fn every_field_of_a_job_run_is_stored(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(2, 2)]).await;
    add(&db.store, &[job_operation(1, 1), job_operation(1, 2)]).await;
    let full = SavedJobRun {
        in_setup: true,
        external_id: Some("A-1".parse().unwrap()),
        end_at: Some(at(50)),
        ..job_run(1, 1, 1)
    };
    add_runs(&db.store, &[full.clone(), job_run(1, 60, 1)]).await;
    let reach = whole(1);
    assert_eq!(db.store.of_nodes(&reach).get(full.id).await.unwrap().as_ref(), Some(&full));
    assert_eq!(db.store.of_nodes(&reach).get(job_run_id(60)).await.unwrap(), Some(job_run(1, 60, 1)));
    let named = db.store.job_operations(&whole(1)).run_named(&"A-1".parse().unwrap()).await.unwrap();
    assert_eq!(named, Some(full.id));
    let changed = SavedJobRun {
        job_operation_id: job_operation_id(2),
        in_setup: false,
        external_id: None,
        revision: Revision::new(2),
        ..full.clone()
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.of_nodes(&reach).update(&changed, &full).await.unwrap();
    tx.commit().await.unwrap();
    let every = [job_run(1, 60, 1), changed];
    let page = async |list| db.store.of_nodes(&reach).list(&OfNodeFilter::default(), list).await;
    assert_eq!(walk::<_, SavedJobRun>("-start_at", 1, page).await, every);
    let of_second = OfNodeFilter { subject: Some(job_operation_id(2)), ..OfNodeFilter::default() };
    let found =
        db.store.of_nodes::<SavedJobRun>(&reach).list(&of_second, all("created_at")).await.unwrap().items;
    assert_eq!(found, every[1..]);
}

async fn an_external_id_is_there_once(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_nodes(&db.store, &[node(1, 1), node(1, 2), node(2, 3)]).await;
    add(&db.store, &[job_operation(1, 1), job_operation(2, 2)]).await;
    let named = |run: SavedJobRun| SavedJobRun { external_id: Some("A-1".parse().unwrap()), ..run };
    let theirs = SavedJobRun { job_operation_id: job_operation_id(2), ..job_run(2, 3, 3) };
    add_runs(&db.store, &[named(job_run(1, 1, 1)), named(theirs)]).await;
    let mut tx = db.store.begin().await.unwrap();
    let created = tx.of_nodes(&whole(1)).create(&named(job_run(1, 2, 2))).await;
    assert!(matches!(created, Err(Error::Taken)), "{created:?}");
}
