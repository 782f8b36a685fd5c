//! The program as its users meet it: real processes, sockets, files and a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod backup;
mod browser;
mod process;

#[allow(dead_code, reason = "the tests of the agent use more of it")]
#[path = "../../../agent/tests/it/server.rs"]
mod agent_server;

mod acceptance;
mod admin;
mod agent;
mod certificates;
mod chaos;
mod commands;
mod compat;
mod contracts;
mod crash;
mod discovery;
mod doctor;
mod exporters;
mod first_start;
mod first_start_faults;
mod front;
mod graphiql;
mod guidance;
mod host_metrics;
mod installer;
mod local_metrics;
mod login;
mod metrics;
mod own_agent;
mod postgres;
mod proxies;
mod readme;
mod run;
mod secrets;
mod serving;
mod shop_floor;
mod status;
mod swagger_ui;
