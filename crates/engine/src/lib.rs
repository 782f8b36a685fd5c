//! What an operation is, and how it is admitted, run, committed and audited.
//!
//! An operation is a type: see [`operation::Operation`]. What agents and the server do by themselves are
//! [`internal`] operations. Only this crate authorizes, in one function
//! ([`Control::authorize`](control::Control::authorize)), and commits what operations change, with its audit
//! entry ([`cx::Write::commit`]). It makes the [`cx::Cx`] that an operation runs in, which nobody else can make.
//!
//! It knows the nouns of authority (organizations, keys, users, roles, sessions), because it holds them in
//! [`memory`]; it knows none of the operations on them, which are in the crates above. It does not know HTTP,
//! and it speaks with agents only through [`listener::Agents`].

pub mod admission;
mod audit;
pub mod background;
pub mod build;
pub mod catalogue;
pub mod computing;
pub mod control;
pub mod cx;
mod definitions;
pub mod error;
pub mod events;
pub mod first_run;
pub mod health;
pub mod hint;
pub mod installer;
pub mod internal;
pub mod levels;
pub mod limiter;
pub mod listener;
pub mod measures;
pub mod memory;
pub mod noun;
pub mod operation;
pub mod outside;
pub mod rights;
pub mod shape;
pub mod spans;
