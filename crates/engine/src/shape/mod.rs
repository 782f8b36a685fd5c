//! The shape of operations: how they are specified, and what their requests and answers look like.

pub mod answer;
pub mod body;
pub mod export;
pub mod format;
pub mod input;
pub mod json;
pub mod listing;
pub mod operation_id;
pub mod patch;
pub mod records;
pub mod removal;
pub mod sort;
pub mod spec;
pub mod words;
