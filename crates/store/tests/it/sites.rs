use std::collections::BTreeSet;

use bailiwick_domain::cursor::Mark;
use bailiwick_domain::id::NodeId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::selector::Selector;
use bailiwick_domain::site::Site;
use bailiwick_store::Error;

use crate::database::Database;
use crate::list::{all, refuses_bad_cursors, walk};
use crate::samples::{add_organizations, add_sites, at, labels, site, site_id, whole};

on_both!(
    every_field_of_a_site_is_stored,
    a_duplicate_site_name_in_an_organization_is_refused,
    an_update_requires_the_current_revision,
    a_deletion_requires_the_current_revision,
    pages_return_every_site_once_in_order,
    a_cursor_of_another_list_is_refused,
    the_database_selects_the_sites_that_the_selector_matches,
    pages_of_a_list_by_selector_are_complete,
    only_sites_in_the_reach_are_found,
    a_site_of_another_organization_is_out_of_reach,
);

fn full(organization: u32, n: u32) -> Site {
    Site {
        description: Some("Hall 3,\nit's \"new\"".parse().unwrap()),
        labels: labels(&[("env", "prod"), ("note", "it's 100% \"ok\" \\ 😀"), ("empty", "")]),
        ..site(organization, n)
    }
}

async fn every_field_of_a_site_is_stored(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[full(1, 1), site(1, 2)]).await;
    let reach = whole(1);
    let mut sites = db.store.sites(&reach);
    assert_eq!(sites.get(site_id(1)).await.unwrap(), Some(full(1, 1)));
    assert_eq!(sites.get(site_id(2)).await.unwrap(), Some(site(1, 2)));
    assert_eq!(sites.get(site_id(3)).await.unwrap(), None);
    assert_eq!(sites.named(&site(1, 2).name).await.unwrap(), Some(site(1, 2)));
    assert_eq!(sites.named(&site(1, 3).name).await.unwrap(), None);
    assert_eq!(sites.existing([site_id(2), site_id(3)]).await.unwrap(), [site_id(2)]);
    assert_eq!(sites.existing([]).await.unwrap(), []);
}

async fn a_duplicate_site_name_in_an_organization_is_refused(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let same = |organization, n| Site { name: site(1, 1).name, ..site(organization, n) };
    add_sites(&db.store, &[site(1, 1), site(1, 2), same(2, 3)]).await;
    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.sites(&whole(1)).create(&same(1, 4)).await, Err(Error::Taken)));
    drop(tx);
    let mut tx = db.store.begin().await.unwrap();
    let updated = tx.sites(&whole(1)).update(&same(1, 2), Revision::FIRST).await;
    assert!(matches!(updated, Err(Error::Taken)));
}

async fn an_update_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[full(1, 1), site(1, 2)]).await;
    let changed = Site {
        name: "Another".parse().unwrap(),
        description: None,
        labels: labels(&[("env", "test")]),
        updated_at: at(99),
        revision: Revision::new(2),
        ..full(1, 1)
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.sites(&whole(1)).update(&changed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    for (site, from) in
        [(&full(1, 1), Revision::FIRST), (&full(1, 1), Revision::new(3)), (&site(1, 9), Revision::FIRST)]
    {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.sites(&whole(1)).update(site, from).await, Err(Error::Changed)));
        // Nothing of it is written, even if the transaction is committed.
        tx.commit().await.unwrap();
    }
    let reach = whole(1);
    let mut sites = db.store.sites(&reach);
    assert_eq!(sites.get(site_id(1)).await.unwrap().as_ref(), Some(&changed));
    // The labels that are searched are those that are shown.
    for (selector, found) in [("env=test", 1), ("env=prod", 0), ("note", 0)] {
        let page = sites.list(&selector.parse().unwrap(), all("name")).await.unwrap();
        assert_eq!(page.items.len(), found, "{selector}");
    }
}

async fn a_deletion_requires_the_current_revision(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[full(1, 1), site(1, 2)]).await;
    for (n, from) in [(1, Revision::new(2)), (9, Revision::FIRST)] {
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.sites(&whole(1)).delete(site_id(n), from).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.sites(&whole(1)).delete(site_id(1), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    let left = db.store.sites(&whole(1)).list(&Selector::default(), all("name")).await.unwrap();
    assert_eq!(left.items, [site(1, 2)]);
    assert_eq!(left.next_cursor, None);
    // Its name and its labels are free again.
    add_sites(&db.store, &[full(1, 1)]).await;
}

async fn pages_return_every_site_once_in_order(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let mut expected: Vec<Site> = (0..11)
        .map(|n| Site {
            name: format!("Name {}", (n * 7) % 11).parse().unwrap(),
            created_at: at(i64::from((n * 5) % 4)),
            ..site(1, n)
        })
        .collect();
    add_sites(&db.store, &expected).await;
    add_sites(&db.store, &[site(2, 20), site(2, 21)]).await;
    let reach = whole(1);
    let everything = Selector::default();
    for (ascending, descending) in [("name", "-name"), ("created_at", "-created_at")] {
        match ascending {
            "name" => expected.sort_by_key(|s| (s.name.clone(), s.id)),
            _ => expected.sort_by_key(|s| (s.created_at, s.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 2, 3, 11, 12] {
            let page = async |list| db.store.sites(&reach).list(&everything, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
}

async fn a_cursor_of_another_list_is_refused(db: &Database) {
    let reach = whole(1);
    let everything = Selector::default();
    let id = site_id(1).to_string();
    let (text, number) = (Mark::Text("x".into()), Mark::Number(1));
    let page = async |list| db.store.sites(&reach).list(&everything, list).await;
    refuses_bad_cursors("name", text.clone(), number.clone(), &id, page).await;
    refuses_bad_cursors("created_at", number, text, &id, page).await;
}

/// Every state that two labels can be in, one site each.
fn variously_labelled() -> Vec<Site> {
    let states = [None, Some(""), Some("a"), Some("A"), Some("it's")];
    let mut sites = Vec::new();
    for x in states {
        for y in states {
            let pairs: Vec<_> = [("x", x), ("y", y)].into_iter().filter_map(|(n, v)| Some((n, v?))).collect();
            let n = u32::try_from(sites.len()).unwrap();
            sites.push(Site { labels: labels(&pairs), ..site(1, n) });
        }
    }
    sites
}

/// Every condition on a label, with values that are there and that are not.
fn selectors(name: &str) -> Vec<Selector> {
    [
        "",
        "N",
        "!N",
        "N=",
        "N=a",
        "N=\"it's\"",
        "N=none",
        "N!=",
        "N!=a",
        "N!=none",
        "N in (a,A)",
        "N in (,none)",
        "N notin (a,\"it's\")",
        "N notin (,none)",
        "N,N!=a",
        "N,!N",
    ]
    .iter()
    .map(|text| text.replace('N', name).parse().unwrap())
    .collect()
}

async fn the_database_selects_the_sites_that_the_selector_matches(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let sites = variously_labelled();
    add_sites(&db.store, &sites).await;
    for x in selectors("x") {
        for y in selectors("y") {
            let both = x.and(&y);
            let expected: BTreeSet<_> =
                sites.iter().filter(|s| both.matches(&s.labels)).map(|s| s.id).collect();
            let asked = db.store.sites(&whole(1)).list(&both, all("name")).await.unwrap();
            assert_eq!(asked.items.iter().map(|s| s.id).collect::<BTreeSet<_>>(), expected, "{both}");
            // The same if one of them is not asked for but all that is in reach.
            let reach = OrganizationReach { labels: Some(x.clone()), ..whole(1) };
            let reached = db.store.sites(&reach).list(&y, all("name")).await.unwrap();
            assert_eq!(reached.items.iter().map(|s| s.id).collect::<BTreeSet<_>>(), expected, "{x} and {y}");
        }
    }
}

async fn pages_of_a_list_by_selector_are_complete(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let sites = variously_labelled();
    add_sites(&db.store, &sites).await;
    let selector: Selector = "x notin (a,A),y".parse().unwrap();
    let mut expected: Vec<_> = sites.into_iter().filter(|s| selector.matches(&s.labels)).collect();
    expected.sort_by_key(|s| (s.name.clone(), s.id));
    let reach = whole(1);
    let page = async |list| db.store.sites(&reach).list(&selector, list).await;
    assert_eq!(walk("name", 2, page).await, expected);
    expected.reverse();
    assert_eq!(walk("-name", 2, page).await, expected);
}

async fn only_sites_in_the_reach_are_found(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    let sites: Vec<_> = (1..=4)
        .map(|n| Site {
            labels: labels(&[("parity", if n % 2 == 0 { "even" } else { "odd" })]),
            ..site(1, n)
        })
        .collect();
    add_sites(&db.store, &sites).await;
    let ids = |numbers: &[u32]| Some(numbers.iter().copied().map(site_id).collect::<BTreeSet<_>>());
    let even: Option<Selector> = Some("parity=even".parse().unwrap());
    for reach in [
        whole(1),
        OrganizationReach { sites: ids(&[1, 2]), ..whole(1) },
        OrganizationReach { sites: ids(&[]), ..whole(1) },
        OrganizationReach { labels: even.clone(), ..whole(1) },
        OrganizationReach { labels: Some(Selector::default()), ..whole(1) },
        OrganizationReach { sites: ids(&[1, 2]), labels: even, ..whole(1) },
        OrganizationReach { nodes: Some([NodeId::from_uuid(site_id(1).as_uuid())].into()), ..whole(1) },
        OrganizationReach { nodes: Some(BTreeSet::new()), ..whole(1) },
    ] {
        let touched: Vec<_> = sites.iter().filter(|s| reach.touches_site(s.id, &s.labels)).cloned().collect();
        let mut found = db.store.sites(&reach);
        assert_eq!(found.list(&Selector::default(), all("name")).await.unwrap().items, touched, "{reach:?}");
        let mut existing = found.existing(sites.iter().map(|s| s.id)).await.unwrap();
        existing.sort();
        assert_eq!(existing, touched.iter().map(|s| s.id).collect::<Vec<_>>());
        for site in &sites {
            let expected = touched.contains(site).then(|| site.clone());
            assert_eq!(found.get(site.id).await.unwrap(), expected, "{reach:?}");
            assert_eq!(found.named(&site.name).await.unwrap(), expected, "{reach:?}");
        }
    }
}

async fn a_site_of_another_organization_is_out_of_reach(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 1), full(2, 2)]).await;
    let theirs = full(2, 2);
    // Even a reach that names it does not reach it from another organization.
    for reach in [whole(1), OrganizationReach { sites: Some([theirs.id].into()), ..whole(1) }] {
        let mut sites = db.store.sites(&reach);
        assert_eq!(sites.get(theirs.id).await.unwrap(), None);
        assert_eq!(sites.named(&theirs.name).await.unwrap(), None);
        assert_eq!(sites.existing([theirs.id]).await.unwrap(), []);
        for selector in ["", "env=prod", "!none"] {
            let page = sites.list(&selector.parse().unwrap(), all("name")).await.unwrap();
            assert!(!page.items.contains(&theirs));
        }
        let stolen = Site { name: "Stolen".parse().unwrap(), labels: labels(&[]), ..theirs.clone() };
        let mut tx = db.store.begin().await.unwrap();
        assert!(matches!(tx.sites(&reach).update(&stolen, theirs.revision).await, Err(Error::Changed)));
        assert!(matches!(tx.sites(&reach).delete(theirs.id, theirs.revision).await, Err(Error::Changed)));
        tx.commit().await.unwrap();
    }
    // The reach says where a site is added, not what is said in it.
    let mut tx = db.store.begin().await.unwrap();
    tx.sites(&whole(1)).create(&site(2, 3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.sites(&whole(1)).get(site_id(3)).await.unwrap(), Some(site(1, 3)));
    let left = db.store.sites(&whole(2)).list(&"env=prod".parse().unwrap(), all("name")).await.unwrap();
    assert_eq!(left.items, [theirs]);
}
