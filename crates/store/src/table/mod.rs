//! What the tables of all nouns have in common: columns by name, labels, and lists in the order of an index.

pub(crate) mod columns;
pub(crate) mod facet;
pub(crate) mod few;
pub(crate) mod label_table;
pub(crate) mod labels;
pub(crate) mod list;
pub(crate) mod only;
pub(crate) mod order;
pub(crate) mod placement;
pub(crate) mod track;
pub(crate) mod walk;
