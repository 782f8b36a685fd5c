//! Jobs: what is to be made, and when it was made on which node.

mod dispatch;
pub(crate) mod named;
mod operations;
mod runs;

pub(crate) use dispatch::SPEC as DISPATCHES;
pub(crate) use operations::SPEC as OPERATIONS;
pub(crate) use runs::SPEC as RUNS;
