use bailiwick_domain::organization::OrganizationRef;
use bailiwick_domain::reach::Reach;

use crate::database::Database;
use crate::samples::{add_organizations, organization, organization_id};

on_both!(a_dropped_transaction_is_rolled_back, a_reader_does_not_wait_for_a_writer);

async fn a_dropped_transaction_is_rolled_back(db: &Database) {
    let one = OrganizationRef::Id(organization_id(1));
    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&Reach::EVERYTHING).create(&organization(1)).await.unwrap();
    tx.set_once("name", "value").await.unwrap();
    assert!(tx.organizations(&Reach::EVERYTHING).get(&one).await.unwrap().is_some());
    drop(tx);

    assert_eq!(db.store.organizations(&Reach::EVERYTHING).get(&one).await.unwrap(), None);
    assert_eq!(db.store.setting("name").await.unwrap(), None);
    // The writer is free again, and so is what the transaction had taken.
    add_organizations(&db.store, &[1]).await;
    assert!(db.store.organizations(&Reach::EVERYTHING).get(&one).await.unwrap().is_some());
}

async fn a_reader_does_not_wait_for_a_writer(db: &Database) {
    let mut tx = db.store.begin().await.unwrap();
    tx.organizations(&Reach::EVERYTHING).create(&organization(1)).await.unwrap();
    assert_eq!(db.store.organizations(&Reach::EVERYTHING).all().await.unwrap(), []);
    tx.commit().await.unwrap();
    assert_eq!(db.store.organizations(&Reach::EVERYTHING).all().await.unwrap(), [organization(1)]);
}
