//! Database access layer: SQL for SQLite and PostgreSQL, one module per noun.
//!
//! Reads take a [`Store`]. Writes take a [`Tx`], so that a change and its audit entry are committed
//! together. Objects that an organization owns can only be reached with an
//! [`OrganizationReach`](bailiwick_domain::reach::OrganizationReach).

#[cfg(test)]
extern crate self as bailiwick_store;

mod authority;
#[cfg(test)]
mod contracts;
mod database;
mod databases;
mod error;
mod integrity;
mod inventory;
mod locks;
mod plan;
mod production;
mod row_query;
mod series;
mod sql;
mod table;
mod work;
mod work_done;

pub mod audit;
pub mod feed;
pub mod idempotency;
pub mod links;
pub mod names;
pub mod object_changes;
pub mod production_changes;

pub use authority::{holders, key_uses, keys, logins, organizations, owned, roles, sessions, users};
pub use database::address::PostgresAddress;
pub use database::copy::copy_sqlite;
pub use database::health::Examined;
pub use database::inspection::ConnectionLimit;
pub use database::late::StillHolds;
pub use database::long_work::{LARGE, long_work};
pub use database::run::Run;
pub use database::settings;
pub use database::store::{DatabaseUrl, Engine, SchemaState, Store, Tx};
pub use database::tools;
pub use databases::Databases;
pub use error::{Error, Result};
pub use integrity::Migrations;
pub use inventory::agents::AgentFilter;
pub use inventory::node_merges::NodeMerge;
pub use inventory::services::ServiceFilter;
pub use inventory::{
    agent_secrets, agents, front_names, fronts, node_rows, nodes, presence, services, sites, supervised,
};
pub use locks::{change, holder_question, holds};
pub use production::calendars::CalendarFilter;
pub use production::{calendars, downtime, goals, jobs, meaning, of_nodes, operators, parts};
pub use row_query::{Member, RowTable};
pub use series::append::AppendError;
pub use series::blocks::Block;
pub use series::cells::{CellSum, Resolution};
pub use series::column::{BLOCK_NODES, Column};
pub use series::counts::ObservationCounts;
pub use series::coverage::Coverage;
pub use series::days::{Settling, StoredDay};
pub use series::dirty::DirtyRange;
pub use series::fold::NodeCells;
pub use series::list::SeriesFilter;
pub use series::merge::{MergeError, MergeObstacle};
pub use series::observations::Observations;
pub use series::read::{ReadError, Samples, Window};
pub use series::receipts::Receipt;
pub use series::seal::Sealed;
pub use sql::log::SlowStatements;
pub use sql::measures::{DatabaseMeasures, StatementMeasures};
pub use table::facet::Facet;
pub use table::list::List;
pub use table::order::{Order, SortColumn};
pub use work::commands::{CommandFilter, ResultFilter};
pub use work::maintenance_windows::MaintenanceWindowFilter;
pub use work::updates::UpdateFilter;
pub use work::{commands, maintenance_windows, schedules, scripts, selections, updates};
pub use work_done::WorkDone;
