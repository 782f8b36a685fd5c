//! Statements: their text and names, how long they take, and the types of their values.

pub(crate) mod column;
pub(crate) mod log;
pub(crate) mod measures;
pub(crate) mod member;
pub(crate) mod name;
pub(crate) mod planned;
pub(crate) mod query;
pub(crate) mod raw;
pub(crate) mod statement;
