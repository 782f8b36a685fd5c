use bailiwick_domain::audit::{Entry, EntryHash, Event, Outcome, Target};
use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::key::Actor;
use bailiwick_store::Store;
use bailiwick_store::audit::{AuditFilter, ChainHead};

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{at, key_id, organization_id, site_id};

on_both!(
    every_field_of_an_audit_entry_is_stored,
    each_organization_has_an_unbroken_chain,
    each_filter_returns_exactly_the_matching_entries,
    pages_return_every_entry_once_in_order,
    a_cursor_of_another_list_is_refused,
    updates_and_deletions_of_audit_entries_are_refused,
    concurrent_appends_from_two_servers_make_one_chain,
    a_rolled_back_append_leaves_no_gap_in_the_chain,
    only_entries_before_the_cut_are_deleted,
);

fn event(organization: Option<u32>, n: i64) -> Event {
    Event {
        at: at(n),
        actor: Actor::System,
        organization_id: organization.map(organization_id),
        operation: "sites.create".into(),
        targets: Vec::new(),
        outcome: Outcome::Allowed,
        reason: None,
        address: None,
        request_id: None,
    }
}

async fn append(store: &Store, event: Event) -> Entry {
    let mut tx = store.begin().await.unwrap();
    let organization = event.organization_id;
    tx.append_audit(event).await.unwrap();
    tx.commit().await.unwrap();
    let heads = store.audit_heads(None).await.unwrap();
    let head = heads.into_iter().find(|head| head.organization == organization).unwrap();
    store.audit_after(organization, head.number - 1, 1).await.unwrap().remove(0)
}

/// Reads a chain and verifies it from its first entry to its head.
async fn verified(store: &Store, organization: Option<OrganizationId>) -> Vec<Entry> {
    let heads = store.audit_heads(None).await.unwrap();
    let head = heads.into_iter().find(|head| head.organization == organization);
    let (cut, cut_hash) = head.map_or((0, EntryHash::NONE), |head| (head.cut, head.cut_hash));
    let entries = store.audit_after(organization, cut, 1_000).await.unwrap();
    let (mut number, mut hash) = (cut, cut_hash);
    for entry in &entries {
        assert!(entry.follows(number, hash), "{number}: {entry:?}");
        (number, hash) = (entry.number, entry.hash);
    }
    assert_eq!(head, (number > 0).then_some(ChainHead { organization, number, hash, cut, cut_hash }));
    entries
}

async fn every_field_of_an_audit_entry_is_stored(db: &Database) {
    let full = Event {
        actor: Actor::Key { id: key_id(1) },
        targets: vec![Target::new("site", site_id(1)), Target::new("site", "it's \"odd\" \\ 😀")],
        outcome: Outcome::Denied,
        reason: Some("scope_missing: sites.create".into()),
        address: Some("2001:db8::1".parse().unwrap()),
        request_id: Some(RequestId::from_uuid(site_id(5).as_uuid())),
        ..event(Some(1), 1)
    };
    let entry = append(&db.store, full.clone()).await;
    assert_eq!((entry.number, &entry.event), (1, &full));
    assert_eq!(verified(&db.store, full.organization_id).await, [entry]);
}

async fn each_organization_has_an_unbroken_chain(db: &Database) {
    assert_eq!(db.store.audit_heads(None).await.unwrap(), []);
    for n in 0..5 {
        append(&db.store, event(None, n)).await;
        append(&db.store, event(Some(1), n)).await;
    }
    // Two in one transaction.
    let mut tx = db.store.begin().await.unwrap();
    tx.append_audit(event(Some(1), 5)).await.unwrap();
    tx.append_audit(event(Some(1), 6)).await.unwrap();
    tx.commit().await.unwrap();
    append(&db.store, event(Some(2), 0)).await;

    assert_eq!(verified(&db.store, None).await.len(), 5);
    let one = verified(&db.store, Some(organization_id(1))).await;
    assert_eq!(one.len(), 7);
    assert_eq!(verified(&db.store, Some(organization_id(2))).await.len(), 1);
    assert_eq!(verified(&db.store, Some(organization_id(3))).await.len(), 0);
    let after = db.store.audit_after(Some(organization_id(1)), 3, 2).await.unwrap();
    assert_eq!(after, one[3..5]);

    let heads = db.store.audit_heads(None).await.unwrap();
    let numbers: Vec<_> = heads.iter().map(|head| (head.organization, head.number)).collect();
    assert_eq!(numbers, [(None, 5), (Some(organization_id(1)), 7), (Some(organization_id(2)), 1)]);
    assert_eq!(db.store.audit_heads(Some(organization_id(1))).await.unwrap(), heads[1..2]);
}

async fn each_filter_returns_exactly_the_matching_entries(db: &Database) {
    let actors = [Actor::System, Actor::Anonymous, Actor::Key { id: key_id(1) }];
    let operations = ["sites.create", "sites.get"];
    let outcomes = [Outcome::Allowed, Outcome::Denied];
    let mut entries = Vec::new();
    for actor in &actors {
        for operation in operations {
            for outcome in outcomes {
                let n = i64::try_from(entries.len()).unwrap();
                let event = Event {
                    actor: actor.clone(),
                    operation: operation.into(),
                    outcome,
                    targets: vec![Target::new("site", n % 3), Target::new("key", n % 2)],
                    ..event(Some(1), n)
                };
                entries.push(append(&db.store, event.clone()).await);
                // The same in another chain is never seen in this one.
                append(&db.store, Event { organization_id: None, ..event }).await;
            }
        }
    }
    let touched = |entry: &Entry, noun: &str, id: &str| {
        entry.event.targets.iter().any(|target| target.noun == noun && target.id == id)
    };
    let check = async |filter: AuditFilter| {
        let expected: Vec<_> = entries
            .iter()
            .filter(|entry| {
                let Event { at, actor, operation, outcome, .. } = &entry.event;
                filter.actor.as_ref().is_none_or(|a| a == actor)
                    && filter.operation.as_ref().is_none_or(|o| o == operation)
                    && filter.outcome.is_none_or(|o| o == *outcome)
                    && filter.target.as_ref().is_none_or(|(noun, id)| touched(entry, noun, id))
                    && filter.since.is_none_or(|since| *at >= since)
                    && filter.until.is_none_or(|until| *at < until)
            })
            .cloned()
            .collect();
        let organization = Some(organization_id(1));
        let found = db.store.audit(organization, &filter, all("number")).await.unwrap().items;
        assert_eq!(found, expected, "{filter:?}");
        found.len()
    };
    let none = AuditFilter::default;
    assert_eq!(check(none()).await, 12);
    for actor in actors {
        assert_eq!(check(AuditFilter { actor: Some(actor), ..none() }).await, 4);
    }
    for (operation, found) in
        [("sites.create", 6), ("sites.get", 6), ("sites", 0), ("%", 0), ("sites.get\0", 0)]
    {
        assert_eq!(check(AuditFilter { operation: Some(operation.into()), ..none() }).await, found);
    }
    for outcome in outcomes {
        assert_eq!(check(AuditFilter { outcome: Some(outcome), ..none() }).await, 6);
    }
    for (noun, id, found) in [("site", "0", 4), ("key", "1", 6), ("key", "2", 0), ("key", "1\0", 0)] {
        assert_eq!(check(AuditFilter { target: Some((noun.into(), id.into())), ..none() }).await, found);
    }
    assert_eq!(check(AuditFilter { since: Some(at(5)), ..none() }).await, 7);
    assert_eq!(check(AuditFilter { until: Some(at(5)), ..none() }).await, 5);
    let all_at_once = AuditFilter {
        actor: Some(Actor::Anonymous),
        operation: Some("sites.get".into()),
        outcome: Some(Outcome::Denied),
        target: Some(("site".into(), "1".into())),
        since: Some(at(7)),
        until: Some(at(8)),
    };
    assert_eq!(check(all_at_once).await, 1);
}

async fn pages_return_every_entry_once_in_order(db: &Database) {
    let mut expected = Vec::new();
    for n in 0..11 {
        // Two transactions may tell the time in another order than they take their numbers.
        expected.push(append(&db.store, event(None, 100 - n)).await);
    }
    append(&db.store, event(Some(1), 0)).await;
    let filter = AuditFilter::default();
    for items in [1, 2, 5, 11, 12] {
        let page = async |list| db.store.audit(None, &filter, list).await;
        assert_eq!(walk("number", items, page).await, expected, "{items}");
        expected.reverse();
        assert_eq!(walk("-number", items, page).await, expected, "{items}");
        expected.reverse();
    }
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let filter = AuditFilter::default();
    let page = async |list| db.store.audit(None, &filter, list).await;
    refuses_bad_cursors("number", Mark::Number(1), Mark::Text("x".into()), "1", page).await;
}

async fn updates_and_deletions_of_audit_entries_are_refused(db: &Database) {
    let entry = append(&db.store, event(None, 1)).await;
    let mut refused = vec![
        "UPDATE audit_entries SET reason = 'none'",
        "UPDATE audit_entries SET number = number + 1",
        "DELETE FROM audit_entries",
    ];
    if db.store.engine() == bailiwick_store::Engine::Postgres {
        refused.push("TRUNCATE audit_entries");
    }
    for sql in refused {
        let error = db.execute(sql).await.unwrap_err().to_string();
        assert!(error.contains("the audit trail is append-only"), "{sql}: {error}");
    }
    assert_eq!(verified(&db.store, None).await, [entry]);
}

async fn concurrent_appends_from_two_servers_make_one_chain(db: &Database) {
    const SERVERS: i64 = 2;
    const TASKS: i64 = 4;
    const ENTRIES: i64 = 5;
    let mut tasks = tokio::task::JoinSet::new();
    let mut stores = Vec::new();
    for server in 0..SERVERS {
        let store = db.another_store().await;
        for task in 0..TASKS {
            let store = store.clone();
            tasks.spawn(async move {
                for n in 0..ENTRIES {
                    let at = (server * TASKS + task) * ENTRIES + n;
                    append(&store, event(Some(1), at)).await;
                }
            });
        }
        stores.push(store);
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let mut times: Vec<_> =
        verified(&db.store, Some(organization_id(1))).await.iter().map(|entry| entry.event.at).collect();
    times.sort();
    assert_eq!(times, (0..SERVERS * TASKS * ENTRIES).map(at).collect::<Vec<_>>());
    for store in stores {
        store.close().await;
    }
}

async fn a_rolled_back_append_leaves_no_gap_in_the_chain(db: &Database) {
    append(&db.store, event(Some(1), 1)).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.append_audit(event(Some(1), 2)).await.unwrap();
    tx.append_audit(event(Some(2), 2)).await.unwrap();
    drop(tx);
    append(&db.store, event(Some(1), 3)).await;
    assert_eq!(verified(&db.store, Some(organization_id(1))).await.len(), 2);
    assert_eq!(verified(&db.store, Some(organization_id(2))).await.len(), 0);
}

async fn only_entries_before_the_cut_are_deleted(db: &Database) {
    let organization = Some(organization_id(1));
    let mut entries = Vec::new();
    for n in 0..6 {
        let event = Event { targets: vec![Target::new("site", n)], ..event(Some(1), n) };
        entries.push(append(&db.store, event).await);
        append(&db.store, self::event(Some(2), n)).await;
    }
    let cut = async |number: i64, hash: EntryHash| {
        let mut tx = db.store.begin().await.unwrap();
        let is_cut = tx.cut_audit(organization, number, hash).await.unwrap();
        tx.commit().await.unwrap();
        is_cut
    };
    let delete = async |limit: u32| {
        let head = db.store.audit_heads(organization).await.unwrap()[0];
        let mut tx = db.store.begin().await.unwrap();
        let deleted = tx.delete_cut_audit(&head, limit).await.unwrap();
        tx.commit().await.unwrap();
        deleted
    };
    assert!(!cut(4, entries[4].hash).await, "a cut with the hash of another entry must fail");
    assert!(!cut(7, entries[5].hash).await, "a cut at a missing entry must fail");
    assert_eq!(delete(10).await, 0);
    assert!(db.execute("DELETE FROM audit_entries WHERE number = 1").await.is_err());

    assert!(cut(4, entries[3].hash).await);
    assert!(!cut(3, entries[2].hash).await, "a cut before the last cut must fail");
    assert_eq!((delete(3).await, delete(3).await, delete(3).await), (3, 1, 0));
    assert!(db.execute("DELETE FROM audit_entries WHERE number = 5").await.is_err());
    assert!(db.execute("UPDATE audit_entries SET operation = 'x' WHERE number = 5").await.is_err());
    assert_eq!(db.store.audit_after(organization, 0, 10).await.unwrap(), entries[4..]);
    let found = async |n: i64| {
        let filter = AuditFilter { target: Some(("site".into(), n.to_string())), ..AuditFilter::default() };
        db.store.audit(organization, &filter, all("number")).await.unwrap().items.len()
    };
    assert_eq!((found(0).await, found(4).await), (0, 1));

    // The chain goes on, and the other one is whole.
    append(&db.store, event(Some(1), 9)).await;
    assert_eq!(verified(&db.store, organization).await.len(), 3);
    assert_eq!(verified(&db.store, Some(organization_id(2))).await.len(), 6);
}
