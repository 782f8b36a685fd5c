//! Row queries in SQL: lists that are filtered and sorted by any member, and of which only some members are read.

mod member;
mod raw;
mod select;
mod table;

pub use member::Member;
pub(crate) use member::StoredAs;
pub(crate) use table::Link;
pub use table::RowTable;
