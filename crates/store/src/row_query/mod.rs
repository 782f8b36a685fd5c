//! Row queries in SQL: lists that are filtered and sorted by any member, and of which only some members are read.

mod select;
mod table;

pub use crate::sql::member::Member;
pub(crate) use crate::sql::member::StoredAs;
pub(crate) use table::Link;
pub use table::RowTable;
