//! What goes with something that is deleted.

/// The objects of one noun that something owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned {
    /// What they are.
    pub noun: &'static str,
    /// How many there are.
    pub count: i64,
    /// The ids and names of the first of them, by name.
    pub first: Vec<(String, String)>,
}
