//! Nodes: machines, and other things in the inventory that stand for a machine.

mod create;
mod delete;
mod dependants;
mod export;
mod import;
mod line;
mod place;
mod read;
mod update;
mod view;

pub(crate) use dependants::{detached, targets};

use bailiwick_engine::operation::{Erased, erase};

const TAG: &str = "Inventory";
const NOUN: &str = "node";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListNodes>(),
    erase::<create::CreateNode>(),
    erase::<read::GetNode>(),
    erase::<update::UpdateNode>(),
    erase::<delete::DeleteNode>(),
    erase::<import::ImportNodes>(),
    erase::<export::ExportNodes>(),
];
