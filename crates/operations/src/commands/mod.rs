//! Commands: one instruction to a selection of nodes, with a result for each node.

mod cancel;
mod create;
mod env;
mod events;
pub(crate) mod issue;
pub(crate) mod program;
mod read;
mod reboot;
mod targets;
pub(crate) mod view;

use bailiwick_engine::events::erase_watch;
use bailiwick_engine::operation::{Erased, erase};

pub(crate) const TAG: &str = "Commands";
pub(crate) const NOUN: &str = "command";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListCommands>(),
    erase::<create::CreateCommand>(),
    erase::<read::GetCommand>(),
    erase::<read::ListResults>(),
    erase_watch::<events::WatchCommand>(),
    erase::<cancel::CancelCommand>(),
    erase::<reboot::RebootNode>(),
];
