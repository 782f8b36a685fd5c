//! Conversations with agents: their messages, the answers to them, and the limits on both.
//!
//! Nothing here decides: [`Guest`](bailiwick_fleet::Guest) admits clients, and messages become
//! calls of [`bailiwick_fleet`].

pub(crate) mod bounds;
mod decoder;
mod desired;
mod front;
mod host_readings;
pub(crate) mod links;
pub(crate) mod message;
pub(crate) mod pollers;
mod runs;
pub(crate) mod session;
mod warnings;
mod wire_format;
