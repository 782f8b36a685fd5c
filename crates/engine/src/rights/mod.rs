//! What a caller may do: the operations that its scopes open, and what it may grant to others.

pub mod authority;
pub mod grants;
