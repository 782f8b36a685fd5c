//! Fields and their names, as adapters pass them between another system and our operations.

use serde_json::{Map, Value};

/// Fields of an input or a body, by name.
pub(super) type Fields = Map<String, Value>;

/// Pairs of another system's name for a field and our name for it.
pub(super) type Names = &'static [(&'static str, &'static str)];
