//! Updates of nodes: those that scans found, and commands to scan and to install.

mod install;
mod read;
mod scan;

use bailiwick_engine::operation::{Erased, erase};

const TAG: &str = "Updates";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListNodeUpdates>(),
    erase::<read::ListUpdates>(),
    erase::<read::SummarizeUpdates>(),
    erase::<scan::ScanUpdates>(),
    erase::<install::InstallUpdates>(),
];
