//! Updates of nodes: those that scans found, and commands to scan and to install.

mod install;
mod read;
mod scan;

use bailiwick_engine::operation::erase;

use crate::ids;
use crate::noun::{self, NounSpec};

const TAG: &str = "Updates";

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    noun::UPDATE,
    &[
        erase::<read::ListNodeUpdates>(),
        erase::<read::ListUpdates>(),
        erase::<read::SummarizeUpdates>(),
        erase::<scan::ScanUpdates>(),
        erase::<install::InstallUpdates>(),
    ],
);
