//! State behind the readiness check: why a server is not ready, when it last proved that it receives the
//! changes of other servers, and when an outage was last logged.

pub mod contact;
pub mod outage;
pub mod trouble;
