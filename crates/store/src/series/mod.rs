//! Series: the storage of observations.

pub(crate) mod append;
pub(crate) mod batches;
pub(crate) mod before;
pub(crate) mod chunk;
pub(crate) mod coverage;
pub(crate) mod days;
pub(crate) mod dirty;
pub(crate) mod judge;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod observations;
pub(crate) mod packed;
pub(crate) mod plain;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod receipts;
pub(crate) mod resolve;
pub(crate) mod retention;
pub(crate) mod sample;
pub(crate) mod seal;
pub(crate) mod silence;
pub(crate) mod stored;
pub(crate) mod target;
pub(crate) mod values;
pub(crate) mod words;
pub(crate) mod write;
