//! Conversations with agents: identifying them, sending them messages and recording their reports. The
//! OpAMP endpoint translates between its messages and these functions.

mod clone;
mod commands;
mod connect;
mod desired;
mod enrol;
mod guest;
mod heard;
mod holders;
mod newcomer;
mod other;
mod probes;
mod recorder;
mod rotate;
mod sweeps;

pub(crate) use commands::{env_place, env_text, order};
pub use desired::{Desired, Program};
pub use guest::{Connected, Greeting, Guest, Hello, Offer};
pub use probes::Probe;

pub use crate::connections::{Connection, Ending, Fleet, News, Order, Piece, Report, SecretEnv, Told};
