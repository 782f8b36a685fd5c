//! The agent over real sockets; the server's part is played by the tests.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod agent;
mod enrolment;
mod metrics;
mod polling;
mod server;
mod tls;
