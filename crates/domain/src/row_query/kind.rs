//! What the values of a member are.

/// What the values of a member are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A UUID, in lower case with hyphens.
    Id,
    /// A text.
    Text,
    /// An integer.
    Integer,
    /// A number with decimals.
    Number,
    /// True or false.
    Boolean,
    /// A point in time, in RFC 3339.
    Time,
    /// Anything else: objects and arrays. Rows are neither filtered nor sorted by it.
    Json,
}

impl MemberKind {
    /// Whether rows can be filtered and sorted by values of this kind.
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Json)
    }
}
