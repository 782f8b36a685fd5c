use bailiwick_domain::command::{Shell, Targets};
use bailiwick_domain::id::{CommandId, ScheduleId, ScriptId};
use bailiwick_domain::key::Actor;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::schedule::{Schedule, Work};
use bailiwick_domain::script::{Parameter, SavedScript, ScriptRef, ScriptVersion};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::{Error, List, Store};
use uuid::Uuid;

use crate::database::Database;
use crate::list::{by, limit, walk};
use crate::samples::{add_organizations, at, organization_id, whole};

on_both!(
    all_versions_of_a_script_are_stored,
    scripts_belong_to_one_organization,
    a_due_schedule_is_claimed_once,
    the_outcome_of_a_schedule_run_is_stored,
    a_schedule_edit_requires_the_current_revision,
    a_page_of_large_objects_has_fewer_items_than_its_limit,
    due_schedules_of_organizations_take_turns,
);

fn uuid(n: u32) -> Uuid {
    Uuid::from_u128(0x0193_2f4e_7b5a_7c3d_8e9f_0200_0000_0000 + u128::from(n))
}

fn script(n: u32) -> SavedScript {
    SavedScript {
        id: ScriptId::from_uuid(uuid(n)),
        organization_id: organization_id(1),
        name: format!("Script {n}").parse().unwrap(),
        description: None,
        version: 1,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n)),
        revision: Revision::FIRST,
    }
}

fn version(number: u32) -> ScriptVersion {
    let parameter = Parameter { name: "unit".into(), description: None, required: true, default: None };
    ScriptVersion {
        version: number,
        shell: Shell::Bash,
        body: format!("echo {number}"),
        parameters: vec![parameter],
        created_at: at(number.into()),
        created_by: Actor::System,
    }
}

async fn add_script(store: &Store, organization: u32, n: u32) {
    let mut tx = store.begin().await.unwrap();
    tx.scripts(&whole(organization)).create(&script(n), &version(1)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn all_versions_of_a_script_are_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_script(&db.store, 1, 1).await;
    let changed = SavedScript { version: 2, revision: Revision::new(2), updated_at: at(9), ..script(1) };
    let mut tx = db.store.begin().await.unwrap();
    tx.scripts(&whole(1)).update(&changed, Some(&version(2)), Revision::FIRST).await.unwrap();
    let again = tx.scripts(&whole(1)).update(&changed, None, Revision::FIRST).await;
    assert!(matches!(again, Err(Error::Changed)));
    tx.commit().await.unwrap();
    let mut scripts = db.store.scripts(&whole(1));
    assert_eq!(scripts.find(&ScriptRef::Name(changed.name.clone())).await.unwrap(), Some(changed.clone()));
    assert_eq!(scripts.find(&ScriptRef::Id(changed.id)).await.unwrap(), Some(changed.clone()));
    for (number, expected) in [(1, Some(version(1))), (2, Some(version(2))), (3, None)] {
        assert_eq!(scripts.version(changed.id, number).await.unwrap(), expected);
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.scripts(&whole(1)).delete(changed.id, Revision::new(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.scripts(&whole(1)).version(changed.id, 1).await.unwrap(), None);
}

async fn scripts_belong_to_one_organization(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    for n in 1..=3 {
        add_script(&db.store, 1, n).await;
    }
    let mut tx = db.store.begin().await.unwrap();
    let same = SavedScript { id: ScriptId::from_uuid(uuid(9)), ..script(1) };
    assert!(matches!(tx.scripts(&whole(1)).create(&same, &version(1)).await, Err(Error::Taken)));
    drop(tx);
    let other = whole(2);
    assert_eq!(db.store.scripts(&other).find(&ScriptRef::Id(script(1).id)).await.unwrap(), None);
    assert_eq!(db.store.scripts(&other).version(script(1).id, 1).await.unwrap(), None);
    assert_eq!(
        (db.store.scripts(&other).count().await.unwrap(), db.store.scripts(&whole(1)).count().await.unwrap()),
        (0, 3)
    );
    let found = walk("-name", 2, async |list| db.store.scripts(&whole(1)).list(list).await).await;
    assert_eq!(found.iter().map(|s| s.id).collect::<Vec<_>>(), [3, 2, 1].map(|n| script(n).id));
}

fn schedule(n: u32, next: Option<Timestamp>) -> Schedule {
    Schedule {
        id: ScheduleId::from_uuid(uuid(n)),
        organization_id: organization_id(1),
        name: format!("Schedule {n}").parse().unwrap(),
        description: None,
        enabled: true,
        cron: "*/5 * * * *".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        run: Work::ScanUpdates,
        targets: Targets::labelled("env=prod".parse().unwrap()),
        timeout_seconds: 60,
        ttl_seconds: 3_600,
        output_limit_bytes: 65_536,
        max_lateness_seconds: Some(60 * n),
        ignore_maintenance_windows: n.is_multiple_of(2),
        owner: Actor::System,
        next_run_at: next,
        last_run_at: None,
        last_command_id: None,
        last_error: None,
        created_at: at(i64::from(n)),
        updated_at: at(i64::from(n)),
        revision: Revision::FIRST,
    }
}

async fn add_schedules(store: &Store, schedules: &[Schedule]) {
    let mut tx = store.begin().await.unwrap();
    for schedule in schedules {
        tx.schedules(&whole(1)).create(schedule).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn a_page_of_large_objects_has_fewer_items_than_its_limit(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let work = |bytes| Work::Command {
        shell: Shell::Sh,
        command: "x".repeat(bytes),
        arguments: Vec::new(),
        run_as: None,
        working_directory: None,
    };
    let sizes = [10, 500_000, 700_000, 700_000, 700_000, 3_000_000, 3_000_000, 10, 10];
    let all: Vec<_> =
        (1..).zip(sizes).map(|(n, size)| Schedule { run: work(size), ..schedule(n, None) }).collect();
    add_schedules(&db.store, &all).await;
    let mut tx = db.store.begin().await.unwrap();
    for n in 1..=2 {
        let (mut found, mut pages, mut cursor) = (Vec::new(), Vec::new(), None);
        loop {
            let list = List { limit: limit(1_000), cursor, sort: by("created_at"), total: false };
            // In a transaction as well.
            let page = match n {
                1 => db.store.schedules(&whole(1)).list(list).await.unwrap(),
                _ => tx.schedules(&whole(1)).list(list).await.unwrap(),
            };
            pages.push(page.items.len());
            found.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, all);
        // At most 2 MiB, but at least one.
        assert_eq!(pages, [4, 1, 1, 1, 2]);
    }
}

async fn claim(store: &Store, read: &Schedule, next: Option<Timestamp>) -> bool {
    let mut tx = store.begin().await.unwrap();
    let is_ours = tx.claim_schedule(read, next).await.unwrap();
    tx.commit().await.unwrap();
    is_ours
}

async fn a_due_schedule_is_claimed_once(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let all =
        [schedule(1, Some(at(20))), schedule(2, Some(at(10))), schedule(3, Some(at(60))), schedule(4, None)];
    add_schedules(&db.store, &all).await;
    let due = db.store.due_schedules(at(50), 10).await.unwrap();
    assert_eq!(due, [all[1].clone(), all[0].clone()]);
    assert_eq!(db.store.due_schedules(at(50), 1).await.unwrap().len(), 1);
    assert!(claim(&db.store, &due[0], Some(at(70))).await);
    assert!(!claim(&db.store, &due[0], Some(at(70))).await, "a schedule was claimed twice");
    assert_eq!(db.store.due_schedules(at(50), 10).await.unwrap(), [all[0].clone()]);
    // It was edited meanwhile.
    let edited = Schedule { revision: Revision::new(2), ..all[0].clone() };
    let mut tx = db.store.begin().await.unwrap();
    tx.schedules(&whole(1)).update(&edited, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!claim(&db.store, &due[1], None).await);
    assert!(claim(&db.store, &edited, None).await);
    assert_eq!(db.store.due_schedules(at(99), 10).await.unwrap().len(), 2);
}

async fn due_schedules_of_organizations_take_turns(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let many: Vec<Schedule> = (1..=5).map(|n| schedule(n, Some(at(i64::from(n))))).collect();
    add_schedules(&db.store, &many).await;
    let other = Schedule { organization_id: organization_id(2), ..schedule(9, Some(at(40))) };
    let mut tx = db.store.begin().await.unwrap();
    tx.schedules(&whole(2)).create(&other).await.unwrap();
    tx.commit().await.unwrap();
    let due = db.store.due_schedules(at(50), 3).await.unwrap();
    assert_eq!(due, [many[0].clone(), other, many[1].clone()]);
}

async fn the_outcome_of_a_schedule_run_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_schedules(&db.store, &[schedule(1, None)]).await;
    let id = schedule(1, None).id;
    let command = CommandId::from_uuid(uuid(77));
    let note = async |at, outcome| {
        let mut tx = db.store.begin().await.unwrap();
        tx.note_run(id, at, outcome).await.unwrap();
        tx.commit().await.unwrap();
        let found = db.store.schedules(&whole(1)).get(id).await.unwrap().unwrap();
        assert_eq!(found.revision, Revision::FIRST);
        (found.last_run_at, found.last_command_id, found.last_error)
    };
    assert_eq!(note(at(5), Ok(command)).await, (Some(at(5)), Some(command), None));
    assert_eq!(note(at(6), Err("no".into())).await, (Some(at(6)), Some(command), Some("no".into())));
    assert_eq!(note(at(7), Ok(command)).await, (Some(at(7)), Some(command), None));
    let mut tx = db.store.begin().await.unwrap();
    tx.schedules(&whole(2)).run_at(id, at(8)).await.unwrap();
    tx.schedules(&whole(1)).run_at(id, at(9)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.schedules(&whole(1)).get(id).await.unwrap().unwrap().next_run_at, Some(at(9)));
}

async fn a_schedule_edit_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_schedules(&db.store, &[schedule(1, None), schedule(2, None)]).await;
    let taken = Schedule { name: schedule(2, None).name, revision: Revision::new(2), ..schedule(1, None) };
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.schedules(&whole(1)).update(&taken, Revision::FIRST).await, Err(Error::Taken)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.schedules(&whole(1)).update(&taken, Revision::new(5)).await, Err(Error::Changed)));
    assert!(matches!(tx.schedules(&whole(2)).delete(taken.id, Revision::FIRST).await, Err(Error::Changed)));
    tx.schedules(&whole(1)).delete(taken.id, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.schedules(&whole(1)).get(taken.id).await.unwrap(), None);
    assert!(db.store.schedules(&whole(1)).named(&taken.name).await.unwrap().is_some());
    let found = walk("created_at", 5, async |list| db.store.schedules(&whole(1)).list(list).await).await;
    assert_eq!(found.len(), 1);
    assert_eq!(db.store.schedules(&whole(1)).count().await.unwrap(), 1);
}
