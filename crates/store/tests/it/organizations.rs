use bailiwick_domain::cursor::Mark;
use bailiwick_domain::node::Node;
use bailiwick_domain::organization::{Organization, OrganizationRef};
use bailiwick_domain::reach::{OrganizationReach, Reach};
use bailiwick_domain::revision::Revision;
use bailiwick_store::Error;
use bailiwick_store::change::Change;
use bailiwick_store::organizations::owned_nouns;
use bailiwick_store::owned::Owned;

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{
    add_keys, add_nodes, add_organizations, add_sites, at, key, key_id, node, node_id, only, organization,
    organization_id, site, site_id, whole,
};

on_both!(
    an_organization_is_found_by_id_and_by_slug,
    a_duplicate_slug_is_refused,
    an_update_requires_the_current_revision,
    pages_return_every_organization_once_in_order,
    names_are_sorted_by_their_bytes,
    a_cursor_of_another_list_is_refused,
    only_organizations_in_the_reach_are_found,
    an_organization_is_deleted_with_all_it_owns,
    what_organizations_own_is_deleted_before_what_it_refers_to,
);

fn by_id(n: u32) -> OrganizationRef {
    OrganizationRef::Id(organization_id(n))
}

async fn an_organization_is_found_by_id_and_by_slug(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let reach = Reach::EVERYTHING;
    let mut organizations = db.store.organizations(&reach);
    assert_eq!(organizations.get(&by_id(1)).await.unwrap(), Some(organization(1)));
    let slug = OrganizationRef::Slug("organization-2".parse().unwrap());
    assert_eq!(organizations.get(&slug).await.unwrap(), Some(organization(2)));
    assert_eq!(organizations.get(&by_id(3)).await.unwrap(), None);
    let slug = OrganizationRef::Slug("organization-3".parse().unwrap());
    assert_eq!(organizations.get(&slug).await.unwrap(), None);
}

async fn a_duplicate_slug_is_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let reach = Reach::EVERYTHING;
    let same = Organization { slug: organization(1).slug, ..organization(3) };
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.organizations(&reach).create(&same).await, Err(Error::Taken)));
    drop(tx);
    let same = Organization { slug: organization(1).slug, ..organization(2) };
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.organizations(&reach).update(&same, Revision::FIRST).await;
    assert!(matches!(updated, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let reach = Reach::EVERYTHING;
    let changed = Organization {
        name: "Another name".parse().unwrap(),
        slug: "another".parse().unwrap(),
        time_zone: "Europe/Berlin".parse().unwrap(),
        updated_at: at(99),
        revision: Revision::new(2),
        ..organization(1)
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&reach).update(&changed, Revision::FIRST).await.unwrap();
    assert_eq!(tx.commit().await.unwrap(), [Change::Organization(organization_id(1))].into());

    for (organization, from) in
        [(&changed, Revision::FIRST), (&changed, Revision::new(3)), (&organization(3), Revision::FIRST)]
    {
        let mut tx = db.store.begin().await.unwrap();
        let updated = tx.organizations(&reach).update(organization, from).await;
        assert!(matches!(updated, Err(Error::Changed)));
        assert_eq!(tx.commit().await.unwrap(), [].into());
    }
    let mut organizations = db.store.organizations(&reach);
    assert_eq!(organizations.get(&by_id(1)).await.unwrap(), Some(changed));
    assert_eq!(organizations.get(&by_id(2)).await.unwrap(), Some(organization(2)));
}

async fn pages_return_every_organization_once_in_order(db: &Database) {
    let reach = Reach::EVERYTHING;
    let mut expected: Vec<Organization> = (0..11)
        .map(|n| Organization {
            // Not in the order of the ids, and three times each.
            name: format!("Name {}", (n * 7) % 4).parse().unwrap(),
            created_at: at(i64::from((n * 5) % 4)),
            ..organization(n)
        })
        .collect();
    let mut tx = db.store.begin().await.unwrap();
    for organization in &expected {
        tx.organizations(&reach).create(organization).await.unwrap();
    }
    tx.commit().await.unwrap();

    for (ascending, descending) in [("name", "-name"), ("slug", "-slug"), ("created_at", "-created_at")] {
        match ascending {
            "name" => expected.sort_by_key(|o| (o.name.clone(), o.id)),
            "slug" => expected.sort_by_key(|o| (o.slug.clone(), o.id)),
            _ => expected.sort_by_key(|o| (o.created_at, o.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 2, 3, 11, 12] {
            let page = async |list| db.store.organizations(&reach).list(list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
}

async fn names_are_sorted_by_their_bytes(db: &Database) {
    let reach = Reach::EVERYTHING;
    let mut names = ["b", "B", "a", "ä", "Z", "é", "日本", "10", "9", "a b", "a-b", "_", "it's 100%", "😀"];
    let mut tx = db.store.begin().await.unwrap();
    for (n, name) in names.iter().enumerate() {
        let named = Organization { name: name.parse().unwrap(), ..organization(u32::try_from(n).unwrap()) };
        tx.organizations(&reach).create(&named).await.unwrap();
    }
    tx.commit().await.unwrap();
    names.sort_unstable();
    let found = walk("name", 3, async |list| db.store.organizations(&reach).list(list).await).await;
    assert_eq!(found.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), names);
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let reach = Reach::EVERYTHING;
    let id = organization_id(1).to_string();
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.organizations(&reach).list(list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), &id, page).await;
    refuses_bad_cursors("created_at", number, text, &id, page).await;
}

async fn only_organizations_in_the_reach_are_found(db: &Database) {
    add_organizations(&db.store, &[1, 2, 3]).await;
    for (reach, reached) in [
        (Reach::EVERYTHING, vec![1, 2, 3]),
        (only(&[1, 3]), vec![1, 3]),
        (only(&[9]), vec![]),
        (only(&[]), vec![]),
    ] {
        let expected: Vec<_> = reached.iter().copied().map(organization).collect();
        let mut organizations = db.store.organizations(&reach);
        assert_eq!(organizations.list(all("name")).await.unwrap().items, expected);
        let mut every = organizations.all().await.unwrap();
        every.sort_by_key(|o| o.id);
        assert_eq!(every, expected);
        for n in 1..=3 {
            let expected = reached.contains(&n).then(|| organization(n));
            assert_eq!(organizations.get(&by_id(n)).await.unwrap(), expected);
            let slug = OrganizationRef::Slug(organization(n).slug);
            assert_eq!(organizations.get(&slug).await.unwrap(), expected);
        }
    }
}

async fn an_organization_is_deleted_with_all_it_owns(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let mut labelled = site(1, 1);
    labelled.labels = crate::samples::labels(&[("env", "prod")]);
    add_sites(&db.store, &[labelled, site(1, 2), site(2, 3)]).await;
    let hosted = Node { host_id: Some(node_id(1)), site_id: Some(site_id(1)), ..node(1, 2) };
    add_nodes(&db.store, &[node(1, 1), hosted, node(2, 3)]).await;
    add_keys(&db.store, &[key(Some(1), 1), key(Some(2), 2), key(None, 3)]).await;
    let reach = Reach::EVERYTHING;
    let owned = db.store.organizations(&reach).owned(organization_id(1), 1).await.unwrap();
    let of = |noun, count, id: String, name: &str| Owned { noun, count, first: vec![(id, name.to_owned())] };
    let expected = [
        of("sites", 2, site_id(1).to_string(), "Site 1"),
        of("nodes", 2, node_id(1).to_string(), "node-1"),
        of("keys", 1, key_id(1).to_string(), "Key 1"),
    ];
    assert_eq!(owned, expected);

    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&reach).delete_with_owned(organization_id(1)).await.unwrap();
    // Its keys are gone with it, and not told one by one.
    assert_eq!(tx.commit().await.unwrap(), [Change::Organization(organization_id(1))].into());

    assert_eq!(db.store.organizations(&reach).all().await.unwrap(), [organization(2)]);
    let owned = db.store.organizations(&reach).owned(organization_id(1), 1).await.unwrap();
    assert_eq!(owned, []);
    assert_eq!(db.store.sites(&whole(1)).get(site_id(1)).await.unwrap(), None);
    assert_eq!(db.store.sites(&whole(2)).get(site_id(3)).await.unwrap(), Some(site(2, 3)));
    assert_eq!(db.store.nodes(&whole(1)).get(node_id(1)).await.unwrap(), None);
    assert_eq!(db.store.nodes(&whole(2)).get(node_id(3)).await.unwrap(), Some(node(2, 3)));
    let left = db.store.keys(&reach).list(None, None, all("name")).await.unwrap().items;
    assert_eq!(left, [key(Some(2), 2).key, key(None, 3).key]);

    // What is gone cannot come back to life by a site that is added late.
    let mut tx = db.store.begin().await.unwrap();
    let added = tx.sites(&OrganizationReach::whole(organization_id(1))).create(&site(1, 4)).await;
    assert!(matches!(added, Err(Error::InUse)));
}

/// When rows of a table are deleted with their organization: in their own turn, or with the rows that they refer to.
fn turn(table: &str, order: &[&str], keys: &[(String, String, bool)]) -> Option<usize> {
    let own = order.iter().position(|owned| *owned == table);
    let with =
        || keys.iter().filter(|(child, parent, is_deleted)| child == table && parent != table && *is_deleted);
    own.or_else(|| with().filter_map(|(_, parent, _)| turn(parent, order, keys)).min())
}

async fn what_organizations_own_is_deleted_before_what_it_refers_to(db: &Database) {
    let order: Vec<&str> = owned_nouns().collect();
    let keys = db.foreign_keys().await;
    let of_organizations = keys.iter().filter(|(_, to, _)| to == "organizations").count();
    assert!(of_organizations >= order.len(), "these are the foreign keys: {keys:?}");
    for (table, other, _) in keys.iter().filter(|(table, other, is_deleted)| table != other && !is_deleted) {
        let when = turn(table, &order, &keys);
        if other == "organizations" {
            assert!(when.is_some(), "{table} prevents the deletion of organizations");
        } else if let Some(later) = order.iter().position(|owned| owned == other) {
            assert!(when.is_some_and(|sooner| sooner < later), "{table} refers to {other}");
        }
    }
}
