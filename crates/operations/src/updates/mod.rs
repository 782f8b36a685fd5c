//! Updates of nodes: which there are, as scans found them, and commands that scan and install.

mod install;
mod read;
mod scan;

use crate::operation::{Erased, erase};

const TAG: &str = "Updates";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListNodeUpdates>(),
    erase::<read::ListUpdates>(),
    erase::<read::SummarizeUpdates>(),
    erase::<scan::ScanUpdates>(),
    erase::<install::InstallUpdates>(),
];
