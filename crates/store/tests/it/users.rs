use bailiwick_domain::id::UserId;
use bailiwick_domain::name::Name;
use bailiwick_store::Error;
use bailiwick_store::users::NewUser;

use crate::database::Database;
use crate::samples::{at, organization_id};

on_both!(an_email_address_is_of_one_user);

async fn an_email_address_is_of_one_user(db: &Database) {
    let name: Name = "Administrator".parse().unwrap();
    let user = |n, email| NewUser {
        id: UserId::from_uuid(organization_id(n).as_uuid()),
        email,
        name: &name,
        password_hash: "$argon2id$",
        server_administrator: true,
        created_at: at(0),
    };
    let mut tx = db.store.begin().await.unwrap();
    tx.create_user(&user(1, "one@example.com")).await.unwrap();
    tx.create_user(&user(2, "two@example.com")).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = db.store.begin().await.unwrap();
    assert!(matches!(tx.create_user(&user(3, "one@example.com")).await, Err(Error::Taken)));
}
