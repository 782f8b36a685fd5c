//! The network side of the server: HTTP, its API documentation, TLS, and the configuration.
//!
//! Nothing here authorizes or decides: a request becomes an operation of the
//! [catalogue](bailiwick_catalogue::catalogue), and its answer or error becomes a response.

pub mod app;
pub mod callers;
pub mod check;
pub mod compat;
pub mod config;
pub mod data;
pub mod ground;
pub mod openapi;
pub mod probe;
pub mod router;
pub mod serve;
pub mod serve_error;
pub mod sockets;
pub mod tls;

mod address;
mod before_migration;
mod body;
mod console;
mod conversation;
mod credential;
mod entity_tag;
mod graphiql;
mod graphql;
mod gzip;
mod heads;
mod hints;
mod installer;
mod large_heads;
mod lingering;
mod link;
pub mod local_metrics;
#[cfg(unix)]
pub mod local_socket;
mod location;
mod metrics;
mod persisted;
mod places;
mod plain;
mod preferences;
mod problem;
mod query;
mod respond;
mod rest;
mod self_signed;
mod static_files;
mod swagger;
mod unread;
mod web_socket;

pub use console::first_run_page;
pub use credential::SESSION_COOKIE;
