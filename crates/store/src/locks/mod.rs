//! Coordination of servers on one database: locks, so that two servers do not change the same thing at once,
//! notifications of changes, and questions about which server holds an agent's connection.

pub(crate) mod lock;

pub mod change;
pub mod holder_question;
pub mod holds;
