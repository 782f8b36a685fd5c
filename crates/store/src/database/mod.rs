//! The database: its address, connections and transactions on SQLite and PostgreSQL.

pub(crate) mod address;
pub(crate) mod condition;
pub(crate) mod copy;
pub(crate) mod health;
pub(crate) mod inspection;
mod interrupt;
pub(crate) mod late;
mod late_locks;
pub(crate) mod long_work;
pub(crate) mod postgres_transaction;
pub(crate) mod reserve;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod sealed;
pub(crate) mod shares;
pub(crate) mod sqlite;
pub(crate) mod steering;
pub(crate) mod store;
pub(crate) mod transaction;

pub mod settings;
pub mod tools;
