//! What the crates below know of operations and nouns, compared with the catalogue.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod ids;
mod nouns;
