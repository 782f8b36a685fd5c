//! Supervised programs, as real processes: some of them exporters as Debian has them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(unreachable_pub, reason = "the modules of a test binary have no outside")]

mod failing;
mod harness;
mod real;
mod set_up;
