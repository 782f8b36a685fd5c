//! Series: the observations of one metric of one node.

pub(crate) mod columns;
pub(crate) mod pages;
mod read;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::SERIES, &[erase::<read::ListSeries>()]).built_in(BuiltIn::Reads);
