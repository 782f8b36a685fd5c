//! The wire protocol between server and agent: the messages of OpAMP (the OpenTelemetry Open Agent
//! Management Protocol), and `dev.bailiwick.commands`, Bailiwick's only custom capability.
//!
//! This crate is pure: it converts messages to bytes and bytes to messages, and knows neither sockets
//! nor the database.

pub mod capability;
pub mod commands;
pub mod description;
pub mod desired;
pub mod frame;
pub mod health;
pub mod opamp;
pub mod weight;
