//! The orders in which a list can be sorted. Each list has a type of its own for the columns that it can be
//! sorted by, so that a list is never sorted by a column of another, and a cursor is never decoded as one of
//! another.

use bailiwick_domain::cursor::{Cursor, Mark};

use crate::error::{Error, Result};
use crate::sql::statement::{Statement, Value};

/// The columns that a list can be sorted by.
pub trait SortColumn: Copy + std::fmt::Debug + Eq + Send + Sync + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// The column's name, in SQL and in cursors.
    fn name(self) -> &'static str;
}

/// The names of the sort column and the id column in queries of [tracks](crate::table::track).
pub(crate) const TRACK_COLUMNS: [&str; 2] = ["few_order", "few_id"];

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    Text,
    Number,
    /// It is the id itself, or stands for it: the list is sorted by the id alone.
    Id,
}

/// How a list is sorted. Implemented by [`listed!`].
pub(crate) trait Listed: SortColumn {
    /// The columns of the id, which put rows with equal values in an order.
    const ID: &'static [&'static str];

    /// What the column's values are.
    fn kind(self) -> ColumnKind;

    /// The column in the list's statement, if another table of the statement has one of the same name.
    fn qualified(self) -> &'static str {
        self.name()
    }

    /// Reads the values of [`ID`](Self::ID) from the text of a row's id.
    fn id_values(text: &str) -> Option<Vec<Value>>;
}

/// A row of a list: where it is in each of the list's orders.
pub(crate) trait InList<C> {
    /// The row's value of a sort column.
    fn mark(&self, column: C) -> Mark;

    /// The row's id as text.
    fn id(&self) -> String;
}

/// An order of a list: a column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<C> {
    /// The column to sort by.
    pub column: C,
    /// Whether the list starts with the greatest value.
    pub is_descending: bool,
}

impl<C> Order<C> {
    /// The smallest value comes first.
    pub const fn ascending(column: C) -> Self {
        Self { column, is_descending: false }
    }

    /// The greatest value comes first.
    pub const fn descending(column: C) -> Self {
        Self { column, is_descending: true }
    }
}

/// An order's name in cursors, with a leading `-` if descending.
fn name<C: Listed>(order: Order<C>) -> String {
    format!("{}{}", if order.is_descending { "-" } else { "" }, order.column.name())
}

/// The columns to sort by: the sort column, and those of the id.
pub(crate) fn columns_of<C: Listed>(order: Order<C>) -> impl Iterator<Item = &'static str> {
    let by_id = order.column.kind() == ColumnKind::Id;
    (!by_id).then(|| order.column.qualified()).into_iter().chain(C::ID.iter().copied())
}

/// The values of [`columns_of`] an order in the row that a cursor points to. [`Error::Cursor`] if the cursor
/// belongs to another list or order.
pub(crate) fn values_in<C: Listed>(order: Order<C>, cursor: &Cursor) -> Result<Vec<Value>> {
    if cursor.sort() != name(order) {
        return Err(Error::Cursor);
    }
    let mut values = match (order.column.kind(), cursor.mark()) {
        (ColumnKind::Number, Mark::Number(number)) => vec![Value::from(*number)],
        (ColumnKind::Text, Mark::Text(text)) if !text.contains('\0') => vec![text.as_str().into()],
        (ColumnKind::Id, Mark::Number(_)) => Vec::new(),
        _ => return Err(Error::Cursor),
    };
    values.extend(C::id_values(cursor.id()).ok_or(Error::Cursor)?);
    Ok(values)
}

/// The cursor of the page that begins after a row.
pub(crate) fn cursor_after<C: Listed>(order: Order<C>, row: &impl InList<C>) -> Cursor {
    Cursor::after(&name(order), row.mark(order.column), row.id())
}

/// Adds an `ORDER BY` clause in an order's direction to a statement.
pub(crate) fn push_order<C>(
    order: &Order<C>,
    statement: &mut Statement,
    columns: impl Iterator<Item = &'static str>,
) {
    for (n, column) in columns.enumerate() {
        statement.push(if n == 0 { " ORDER BY " } else { ", " }).push(column);
        statement.push(if order.is_descending { " DESC" } else { "" });
    }
}

/// Makes the type of the columns that a list can be sorted by:
///
/// ```ignore
/// listed! {
///     /// What nodes can be sorted by.
///     pub NodesBy: NodeRow by NodeId in "nodes.id";
///     /// The name.
///     Name = "name": Text in name,
///     /// The time of creation.
///     CreatedAt = "created_at": Number in created_at,
/// }
/// ```
///
/// The rows have the id in their field `id`, and the column's value in the field that follows `in`. `… by NodeId
/// in "node_id", field node_id` names another field. A column of kind `Id` has no field.
macro_rules! listed {
    (@mark $row:expr, Text $field:ident) => { bailiwick_domain::cursor::Mark::Text($row.$field.clone()) };
    (@mark $row:expr, Number $field:ident) => { bailiwick_domain::cursor::Mark::Number($row.$field) };
    (@mark $row:expr, Id) => { bailiwick_domain::cursor::Mark::Number(0) };
    (
        $(#[$doc:meta])* $vis:vis $by:ident: $row:ident by $id:ident in $column:literal;
        $($rest:tt)*
    ) => {
        $crate::table::order::listed! {
            $(#[$doc])* $vis $by: $row by $id in $column, field id; $($rest)*
        }
    };
    (
        $(#[$doc:meta])* $vis:vis $by:ident: $row:ident by $id:ident in $column:literal, field $id_field:ident;
        $($(#[$variant_doc:meta])* $variant:ident = $name:literal: $kind:ident $(in $field:ident)?),+ $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $by {
            $($(#[$variant_doc])* $variant),+
        }

        impl $crate::table::order::SortColumn for $by {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        impl $crate::table::order::Listed for $by {
            const ID: &'static [&'static str] = &[$column];

            fn kind(self) -> $crate::table::order::ColumnKind {
                match self { $(Self::$variant => $crate::table::order::ColumnKind::$kind),+ }
            }

            fn id_values(text: &str) -> Option<Vec<$crate::sql::statement::Value>> {
                let id: $id = text.parse().ok()?;
                Some(vec![$crate::sql::column::Column::value(&id)])
            }
        }

        impl $crate::table::order::InList<$by> for $row {
            fn mark(&self, column: $by) -> bailiwick_domain::cursor::Mark {
                match column {
                    $($by::$variant => $crate::table::order::listed!(@mark self, $kind $($field)?)),+
                }
            }

            fn id(&self) -> String {
                self.$id_field.to_string()
            }
        }
    };
}

pub(crate) use listed;

#[cfg(test)]
mod tests {
    use bailiwick_domain::id::NodeId;

    use super::*;

    struct Row {
        id: NodeId,
        name: String,
    }

    listed! {
        /// What the rows of these tests can be sorted by.
        RowsBy: Row by NodeId in "id";
        /// The name.
        Name = "name": Text in name,
        /// The id.
        Id = "id": Id,
    }

    fn row() -> Row {
        Row { id: NodeId::from_uuid(uuid::Uuid::from_u128(7)), name: "db-1".into() }
    }

    #[test]
    fn a_cursor_is_read_in_the_order_that_made_it_only() {
        let orders = || RowsBy::ALL.iter().flat_map(|by| [Order::ascending(*by), Order::descending(*by)]);
        for made in orders() {
            let cursor = cursor_after(made, &row());
            for read in orders() {
                let values = values_in(read, &cursor);
                assert_eq!(values.is_ok(), made == read, "{made:?}, {read:?}");
                // As many values as columns.
                assert!(values.is_err() || values.unwrap().len() == columns_of(read).count());
            }
        }
    }

    #[test]
    fn equal_values_are_sorted_by_id() {
        let sorted = |order| {
            let mut statement = Statement::new("");
            push_order(&order, &mut statement, columns_of(order));
            statement.sql().to_owned()
        };
        assert_eq!(sorted(Order::descending(RowsBy::Name)), " ORDER BY name DESC, id DESC");
        assert_eq!(sorted(Order::ascending(RowsBy::Id)), " ORDER BY id");
    }
}
