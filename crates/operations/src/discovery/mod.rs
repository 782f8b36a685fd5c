//! The inventory in the formats in which other programs discover machines.

mod ansible;
mod filter;
mod prometheus;
mod targets;

use bailiwick_engine::operation::{Erased, erase};

pub(crate) const OPERATIONS: &[Erased] =
    &[erase::<prometheus::ListTargets>(), erase::<ansible::ShowInventory>()];

const TAG: &str = "Discovery";
