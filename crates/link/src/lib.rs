//! The wire protocol between server and agent: the messages of OpAMP (the OpenTelemetry Open Agent
//! Management Protocol), and those of Bailiwick's [custom capabilities](custom).
//!
//! This crate is pure: it converts messages to bytes and bytes to messages, and knows neither sockets
//! nor the database.

pub mod capability;
pub mod commands;
pub mod custom;
pub mod description;
pub mod desired;
pub mod frame;
pub mod front;
pub mod health;
pub mod observations;
pub mod opamp;
pub mod weight;
