use bailiwick_domain::meaning::area::Area;
use bailiwick_domain::meaning::calendar::SavedCalendar;
use bailiwick_domain::node::Node;
use bailiwick_domain::node_filter::NodeFilter;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::revision::Revision;
use bailiwick_store::production_changes::Outdated;
use bailiwick_store::{CalendarFilter, Error, Store};

use crate::database::Database;
use crate::list::{all, walk};
use crate::production_changes::noted;
use crate::samples::{
    add_nodes, add_organizations, add_sites, at, calendar, calendar_id, node, node_id, site, site_id, whole,
};

on_both!(
    every_field_of_a_calendar_is_stored_and_its_area_noted,
    an_area_has_one_calendar,
    calendars_are_filtered_and_listed_in_order,
    a_calendar_goes_with_its_site_or_node,
);

/// A calendar of the organization, with all kinds of rules.
fn full(n: u32) -> SavedCalendar {
    let rules = r#"{
        "time_zone": "Europe/Berlin", "day_starts_at": "06:00", "week_starts_on": "sunday",
        "shifts": [{ "name": "Night", "starts_at": "22:00", "ends_at": "06:00", "weekdays": ["friday"] }],
        "holidays": [{ "date": "2030-12-25" }],
        "exceptions": [{ "date": "2030-12-24", "shifts": [{ "name": "x", "starts_at": "06:00", "ends_at": "12:00" }] }]
    }"#;
    SavedCalendar {
        description: Some("Two shifts,\nit's \"new\"".parse().unwrap()),
        site_id: None,
        rules: serde_json::from_str(rules).unwrap(),
        ..calendar(1, n)
    }
}

fn of_node(n: u32) -> SavedCalendar {
    SavedCalendar { site_id: None, node_id: Some(node_id(n)), ..calendar(1, n) }
}

async fn add(store: &Store, calendars: &[SavedCalendar]) {
    let mut tx = store.begin().await.unwrap();
    for calendar in calendars {
        let reach = OrganizationReach::whole(calendar.organization_id);
        tx.calendars(&reach).create(calendar).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn every_field_of_a_calendar_is_stored_and_its_area_noted(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    add_sites(&db.store, &[site(1, 2)]).await;
    add_nodes(&db.store, &[node(1, 3)]).await;
    let reach = whole(1);
    let every = [full(1), calendar(1, 2), of_node(3)];
    let areas = [Area::Organization, Area::Site(site_id(2)), Area::Node(node_id(3))];
    add(&db.store, &every).await;
    assert_eq!(noted(&db.store).await, areas.map(|area| (area, Outdated::ALWAYS)));
    let mut calendars = db.store.calendars(&reach);
    for (calendar, area) in every.iter().zip(areas) {
        assert_eq!(calendar.area(), area);
        assert_eq!(calendars.get(calendar.id).await.unwrap().as_ref(), Some(calendar));
        assert_eq!(calendars.named(&calendar.name).await.unwrap().as_ref(), Some(calendar));
        assert_eq!(calendars.of(area).await.unwrap().as_ref(), Some(calendar));
        assert_eq!(db.store.calendars(&whole(2)).get(calendar.id).await.unwrap(), None);
        assert_eq!(db.store.calendars(&whole(2)).of(area).await.unwrap(), None);
    }
    assert_eq!(calendars.count().await.unwrap(), 3);
    let changed = SavedCalendar {
        name: "Another".parse().unwrap(),
        rules: full(1).rules,
        updated_at: at(99),
        revision: Revision::new(2),
        ..of_node(3)
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.calendars(&reach).update(&changed, Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.calendars(&reach).get(changed.id).await.unwrap().as_ref(), Some(&changed));
    assert_eq!(noted(&db.store).await, [(areas[2], Outdated::ALWAYS)]);
    for (organization, from) in [(1, Revision::FIRST), (2, Revision::new(2))] {
        let mut tx = db.store.begin().await.unwrap();
        let updated = tx.calendars(&whole(organization)).update(&changed, from).await;
        assert!(matches!(updated, Err(Error::Changed)));
        let read = SavedCalendar { revision: from, ..changed.clone() };
        let deleted = tx.calendars(&whole(organization)).delete(&read).await;
        assert!(matches!(deleted, Err(Error::Changed)));
    }
    let mut tx = db.store.begin().await.unwrap();
    tx.calendars(&reach).delete(&changed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.calendars(&reach).get(changed.id).await.unwrap(), None);
    assert_eq!(noted(&db.store).await, [(areas[2], Outdated::ALWAYS)]);
}

async fn an_area_has_one_calendar(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 2)]).await;
    add_nodes(&db.store, &[node(1, 3)]).await;
    add(&db.store, &[full(1), calendar(1, 2), of_node(3)]).await;
    let (id, name) = (calendar_id(9), calendar(1, 9).name);
    let same_name = SavedCalendar { id, name: full(1).name, site_id: None, ..of_node(9) };
    let taken = [full(1), calendar(1, 2), of_node(3)];
    let taken = taken.map(|other| SavedCalendar { id, name: name.clone(), ..other });
    for calendar in taken.into_iter().chain([same_name]) {
        let mut tx = db.store.begin().await.unwrap();
        let created = tx.calendars(&whole(1)).create(&calendar).await;
        // A name that is taken may be told before a node that does not exist.
        assert!(matches!(created, Err(Error::Taken)), "{created:?}");
    }
    let mut tx = db.store.begin().await.unwrap();
    let nowhere = SavedCalendar { site_id: Some(site_id(8)), ..calendar(1, 8) };
    let created = tx.calendars(&whole(1)).create(&nowhere).await;
    assert!(matches!(created, Err(Error::InUse)), "{created:?}");
}

async fn calendars_are_filtered_and_listed_in_order(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    let sites: Vec<_> = (0..11).map(|n| site(1, n)).collect();
    add_sites(&db.store, &sites).await;
    add_sites(&db.store, &[site(2, 20)]).await;
    let mut expected: Vec<_> = (0..11)
        .map(|n: u32| SavedCalendar {
            name: format!("Name {}", (n * 7) % 11).parse().unwrap(),
            created_at: at(i64::from((n * 5) % 4)),
            ..calendar(1, n)
        })
        .collect();
    add(&db.store, &expected).await;
    add(&db.store, &[calendar(2, 20)]).await;
    let reach = whole(1);
    assert_eq!(db.store.calendars(&reach).all().await.unwrap(), expected);
    let every = CalendarFilter::default();
    for (ascending, descending) in [("name", "-name"), ("created_at", "-created_at")] {
        match ascending {
            "name" => expected.sort_by_key(|c| (c.name.clone(), c.id)),
            _ => expected.sort_by_key(|c| (c.created_at, c.id)),
        }
        let reversed: Vec<_> = expected.iter().rev().cloned().collect();
        for items in [1, 3, 12] {
            let page = async |list| db.store.calendars(&reach).list(&every, list).await;
            assert_eq!(walk(ascending, items, page).await, expected, "{ascending}, {items}");
            assert_eq!(walk(descending, items, page).await, reversed, "{descending}, {items}");
        }
    }
    let of_site = CalendarFilter { site: Some(site_id(3)), ..every.clone() };
    let found = db.store.calendars(&reach).list(&of_site, all("name")).await.unwrap().items;
    assert_eq!(found.iter().map(|c| c.id).collect::<Vec<_>>(), [calendar_id(3)]);
    let of_node = CalendarFilter { node: Some(node_id(3)), ..every };
    assert_eq!(db.store.calendars(&reach).list(&of_node, all("name")).await.unwrap().items, []);
}

async fn a_calendar_goes_with_its_site_or_node(db: &Database) {
    add_organizations(&db.store, &[1]).await;
    add_sites(&db.store, &[site(1, 2)]).await;
    let there = Node { site_id: Some(site_id(2)), ..node(1, 4) };
    add_nodes(&db.store, &[node(1, 3), there]).await;
    let reach = whole(1);
    add(&db.store, &[full(1), calendar(1, 2), of_node(3)]).await;
    noted(&db.store).await;
    let mut tx = db.store.begin().await.unwrap();
    tx.nodes(&reach).leave_site(&NodeFilter::at(site_id(2)), at(1)).await.unwrap();
    tx.sites(&reach).delete(site_id(2), Revision::FIRST).await.unwrap();
    tx.nodes(&reach).delete(node_id(3), Revision::FIRST).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.store.calendars(&reach).all().await.unwrap(), [full(1)]);
    assert_eq!(noted(&db.store).await, [(Area::Node(node_id(4)), Outdated::ALWAYS)]);
}
