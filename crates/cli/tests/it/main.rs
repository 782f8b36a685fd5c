//! The program as its users meet it: real processes, sockets, files and a real browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod process;

mod first_start;
mod swagger_ui;
