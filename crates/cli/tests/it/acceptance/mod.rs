//! Long tests that print figures: faults, attacks and matrices that take minutes. CI leaves them out; each
//! is marked `#[ignore = "acceptance"]` and is run by `cargo xtask acceptance [FILTER]`.

mod attackers;
mod clock_skew;
mod clocks;
mod failover;
mod first_starts;
mod isolation;
mod pair;
mod revocation;
