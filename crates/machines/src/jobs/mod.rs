//! Jobs: what is to be made, and when it was made on which node.

mod operations;
mod runs;

pub(crate) use operations::SPEC as OPERATIONS;
pub(crate) use runs::SPEC as RUNS;
