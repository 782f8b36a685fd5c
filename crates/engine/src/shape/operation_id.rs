//! Ids of operations.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;

/// The id of an operation, `noun.verb`. Only the lists of operations make one, so that no id in the code can be
/// mistyped: a test finds any other file that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct OperationId(&'static str);

impl OperationId {
    /// Makes an id from its text.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }

    /// The id as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Deref for OperationId {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl PartialEq<&str> for OperationId {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

/// Declares a constant for each id of the operations of a crate, and `ALL`, which lists each constant with its name.
#[macro_export]
macro_rules! operation_ids {
    ($($name:ident = $id:literal,)*) => {
        $(
            #[doc = concat!("`", $id, "`")]
            pub const $name: $crate::shape::operation_id::OperationId =
                $crate::shape::operation_id::OperationId::new($id);
        )*

        /// Each constant, with its name.
        pub const ALL: &[(&str, $crate::shape::operation_id::OperationId)] = &[$((stringify!($name), $name)),*];
    };
}
