//! Positions: points in space that machines report, such as that of a tool.

mod list;
mod points;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::POSITION, &[erase::<list::ListPositions>()]).built_in(BuiltIn::Reads);
