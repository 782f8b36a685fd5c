//! Database access layer: SQL for SQLite and PostgreSQL, one module per noun.
//!
//! Reads take a [`Store`]. Writes take a [`Tx`], so that a change and its audit entry are committed
//! together. Objects that an organization owns can only be reached with an
//! [`OrganizationReach`](bailiwick_domain::reach::OrganizationReach).

mod address;
mod column;
mod columns;
mod condition;
mod database;
mod error;
mod few;
mod health;
mod label_table;
mod labels;
mod list;
mod lock;
mod long_work;
mod measures;
mod placement;
mod plan;
mod planned;
mod postgres_transaction;
mod reserve;
mod run;
mod sealed;
mod search;
mod shares;
mod statement;
mod statement_log;
mod statement_name;
mod steering;
mod transaction;
mod walk;

pub mod agent_secrets;
pub mod agents;
pub mod audit;
pub mod change;
pub mod commands;
pub mod feed;
pub mod holder_question;
pub mod holders;
pub mod holds;
pub mod idempotency;
pub mod keys;
pub mod links;
pub mod logins;
pub mod nodes;
pub mod organizations;
pub mod owned;
pub mod presence;
pub mod roles;
pub mod schedules;
pub mod scripts;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod sites;
pub mod supervised;
pub mod updates;
pub mod users;

pub use address::PostgresAddress;
pub use agents::AgentFilter;
pub use commands::{CommandFilter, ResultFilter};
pub use database::{DatabaseUrl, Engine, SchemaState, Store, Tx};
pub use error::{Error, Result};
pub use health::Examined;
pub use list::{List, Sort};
pub use long_work::{LARGE, long_work};
pub use measures::{DatabaseMeasures, StatementMeasures};
pub use nodes::NodeFilter;
pub use run::Run;
pub use services::ServiceFilter;
pub use statement_log::SlowStatements;
pub use updates::UpdateFilter;
