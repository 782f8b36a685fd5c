//! Nodes: machines, and what stands for one.

mod create;
mod place;
mod read;
mod update;

use crate::operation::{Erased, erase};

const TAG: &str = "Inventory";
const NOUN: &str = "node";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListNodes>(),
    erase::<create::CreateNode>(),
    erase::<read::GetNode>(),
    erase::<update::UpdateNode>(),
];
