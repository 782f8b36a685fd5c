//! How long organizations keep observations, commands and output.

use bailiwick_domain::observations::retention::{Kept, Retained, Retention};

use crate::database::Database;
use crate::samples::{add_organizations, organization_id, whole};

on_both!(a_retention_is_stored_for_each_organization);

async fn a_retention_is_stored_for_each_organization(db: &Database) {
    add_organizations(&db.store, &[1, 2]).await;
    assert_eq!(db.store.retention(&whole(1)).await.unwrap(), Retention::default());
    let mut retention = Retention::default();
    retention.set(Retained::Observations(Kept::Host), None);
    retention.set(Retained::Output, Some(3));
    for days in [7, 30] {
        retention.alarm = Some(days);
        let mut tx = db.store.begin().await.unwrap();
        tx.set_retention(&whole(1), &retention).await.unwrap();
        assert_eq!(tx.retention(&whole(1)).await.unwrap(), retention);
        tx.commit().await.unwrap();
        assert_eq!(db.store.retention(&whole(1)).await.unwrap(), retention);
    }
    assert_eq!(db.store.retention(&whole(2)).await.unwrap(), Retention::default());
    let all = db.store.retentions().await.unwrap();
    assert_eq!(all, [(organization_id(1), retention), (organization_id(2), Retention::default())]);
}
