//! Parts: those that were rejected, and corrections of their number.

mod corrections;
mod rejects;

pub(crate) use corrections::SPEC as CORRECTIONS;
pub(crate) use rejects::SPEC as REJECTS;
