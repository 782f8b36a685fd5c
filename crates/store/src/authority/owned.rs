//! Objects that are deleted together with their owner.

/// The objects of one noun that belong to something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// The noun.
    pub noun: &'static str,
    /// How many objects there are.
    pub count: i64,
    /// The ids and names of the first few, sorted by name.
    pub first: Vec<(String, String)>,
}
