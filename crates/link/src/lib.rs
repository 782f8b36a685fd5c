//! The wire between server and agent: the messages of OpAMP (the OpenTelemetry Open Agent Management
//! Protocol), and `dev.bailiwick.commands`, our one custom capability.
//!
//! This crate is pure: it makes bytes of messages and messages of bytes, and knows neither sockets nor
//! the database.

pub mod capability;
pub mod commands;
pub mod description;
pub mod desired;
pub mod frame;
pub mod health;
pub mod opamp;
pub mod weight;
