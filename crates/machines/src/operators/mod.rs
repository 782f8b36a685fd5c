//! Operators: people at machines, and when they were there.

mod people;
mod runs;

pub(crate) use people::SPEC as OPERATORS;
pub(crate) use runs::SPEC as RUNS;
