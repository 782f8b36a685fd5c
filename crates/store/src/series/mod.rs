//! Series: the storage of observations.

pub(crate) mod chunk;
pub(crate) mod packed;
pub(crate) mod plain;
pub(crate) mod sample;
