//! Conversations with agents: what one says, what it is answered, and how many there may be.
//!
//! Nothing here decides: [`Guest`](bailiwick_operations::fleet::Guest) admits, and what is said
//! becomes words of [`fleet`](bailiwick_operations::fleet).

pub(crate) mod bounds;
mod desired;
pub(crate) mod links;
pub(crate) mod pollers;
mod runs;
pub(crate) mod session;
mod words;
