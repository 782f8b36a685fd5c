//! Why machines were down: reasons, and annotations that give them.

mod annotations;
mod reasons;

pub(crate) use annotations::SPEC as ANNOTATIONS;
pub(crate) use reasons::SPEC as REASONS;
