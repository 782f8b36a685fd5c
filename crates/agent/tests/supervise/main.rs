//! Supervised programs, as real processes: some of them exporters as Debian has them.

mod failing;
mod harness;
mod real;
mod set_up;
