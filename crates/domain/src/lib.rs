//! The domain types of Bailiwick: ids, names, labels and selectors, scopes, reach, keys, the audit
//! trail.
//!
//! This crate is pure. It does no I/O, is not async and reads neither the clock nor a random source:
//! the caller passes those in (see [`outside`]).

mod actor;
mod command_limits;
mod key_kind;
mod key_text;
mod script_pin;
mod shell;
mod text;

pub mod address;
pub mod agent;
pub mod attempt;
pub mod audit;
pub mod command;
pub mod cron;
pub mod cursor;
pub mod enrolment;
pub mod excerpt;
pub mod facts;
pub mod hidden;
pub mod histogram;
pub mod id;
pub mod key;
pub mod label;
pub mod name;
pub mod network;
pub mod node;
pub mod organization;
pub mod outside;
pub mod page;
pub mod party;
pub mod password;
pub mod policy;
pub mod port;
pub mod presence;
pub mod rate;
pub mod reach;
pub mod recovery;
pub mod reserved;
pub mod revision;
pub mod role;
pub mod schedule;
pub mod scope;
pub mod script;
pub mod search;
pub mod selector;
pub mod service;
pub mod session;
pub mod site;
pub mod time;
pub mod update;
pub mod user;
