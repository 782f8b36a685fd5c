//! Quantities, put together in buckets of time.

mod buckets;
mod list;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec =
    NounSpec::new(noun::AGGREGATED_QUANTITY, &[erase::<list::ListAggregatedQuantities>()])
        .built_in(BuiltIn::Reads);
