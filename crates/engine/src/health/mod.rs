//! Whether a server can do its work: the database answers, the changes of other servers arrive.

pub mod contact;
pub mod outage;
pub mod trouble;
