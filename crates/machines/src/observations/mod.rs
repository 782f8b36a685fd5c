//! Observations: values of metrics of nodes at times.

mod create;
mod export;
mod intake;
mod list;
mod reading;
mod sent;
mod view;

use bailiwick_engine::noun::{BuiltIn, NounSpec};
use bailiwick_engine::operation::erase;

use crate::noun;

/// What is said of this noun once.
pub(crate) const SPEC: NounSpec = NounSpec::new(
    noun::OBSERVATION,
    &[
        erase::<list::ListObservations>(),
        erase::<create::CreateObservations>(),
        erase::<export::ExportObservations>(),
    ],
)
.built_in(BuiltIn::ReadsAndWrites);
