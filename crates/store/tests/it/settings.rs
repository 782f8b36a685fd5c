use bailiwick_store::Error;
use bailiwick_store::settings::INITIALIZED_AT;

use crate::database::Database;

on_both!(setting_a_value_a_second_time_is_refused);

async fn setting_a_value_a_second_time_is_refused(db: &Database) {
    assert_eq!(db.store.setting(INITIALIZED_AT).await.unwrap(), None);
    let mut tx = db.store.begin().await.unwrap();
    tx.set_once(INITIALIZED_AT, "now").await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.set_once(INITIALIZED_AT, "later").await, Err(Error::Taken)));
    drop(tx);
    assert_eq!(db.store.setting(INITIALIZED_AT).await.unwrap().as_deref(), Some("now"));
    assert_eq!(db.store.setting("other").await.unwrap(), None);
}
