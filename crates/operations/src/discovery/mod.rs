//! The inventory in the formats in which other programs discover machines.

mod ansible;
mod ansible_member;
mod ansible_written;
mod filter;
mod prometheus;
mod targets;

use bailiwick_engine::operation::erase;

use crate::noun::{self, BuiltIn, NounSpec};

// Both show what the lists of nodes and agents show, so the roles that read those read these, too.
pub(crate) const PROMETHEUS: NounSpec =
    NounSpec::new(noun::PROMETHEUS, &[erase::<prometheus::ListTargets>()]).built_in(BuiltIn::Reads);
pub(crate) const ANSIBLE: NounSpec =
    NounSpec::new(noun::ANSIBLE, &[erase::<ansible::ShowInventory>()]).built_in(BuiltIn::Reads);

const TAG: &str = "Discovery";
