//! Observations: what machines report. An observation is one value of one metric of one node at one time. It
//! never changes.

pub mod batch;
pub mod column;
pub mod host;
pub mod kind;
pub mod limits;
pub mod metric;
pub mod observation;
pub mod refusal;
pub mod retention;
pub mod series;
pub mod value;
