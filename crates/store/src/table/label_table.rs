//! SQL fragments for the label table of each noun.

use crate::sql::name::StatementName;

/// The table with the labels of a noun, one row per label. The labels are also kept as JSON in the noun's
/// own row: the JSON is for reading an object, this table for searching. It repeats the noun's sort column,
/// so that the objects with a label can be read in the order of their list.
#[derive(Clone, Copy)]
pub(crate) struct LabelTable {
    /// The name of the statement that deletes labels.
    pub(crate) delete_name: StatementName,
    /// The name of the statement that inserts labels.
    pub(crate) insert_name: StatementName,
    /// The noun's sort column that the label table repeats.
    pub(crate) order: &'static str,
    /// `(SELECT l.value FROM … WHERE … AND l.name = `, for the object in the current row of the noun's
    /// table.
    pub(crate) value: &'static str,
    /// `(SELECT l.value FROM … WHERE … l.organization_id = `, for the object whose id is `few_id`.
    pub(crate) few_value: &'static str,
    /// ` AND EXISTS (SELECT 1 FROM … WHERE l.organization_id = `
    pub(crate) exists: &'static str,
    /// ` AND … LIMIT 1 OFFSET 0)`: the end of `exists`, which ties the label to the object `few_id`,
    /// `few_order`.
    pub(crate) of_few: &'static str,
    /// `SELECT … AS few_id, … AS few_order FROM … WHERE l.organization_id = `
    pub(crate) ids: &'static str,
    /// `DELETE FROM … WHERE organization_id = `
    pub(crate) delete: &'static str,
    /// ` AND … IN `, where `…` is the column with the object's id.
    pub(crate) id_in: &'static str,
    /// `INSERT INTO … (organization_id, …, name, value, …) VALUES `
    pub(crate) insert: &'static str,
}

/// Builds a [`LabelTable`]. `label_table!("node", "nodes", "name", named …)` is `node_labels`, in the order of
/// the nodes' names. If the sort column is not unique within an organization: `label_table!("agent", "agents",
/// "created_at", not unique, named …)`. `named` gives the [names](StatementName) of the statements that delete
/// and insert rows.
macro_rules! label_table {
    ($noun:literal, $table:literal, $order:literal, named $deletes:ident, $inserts:ident) => {
        // Matches by the sort column, to use the same index that tracks are read by.
        label_table!(
            @ $noun, $table, $order, concat!("l.", $noun, "_", $order, " = few_order"), $deletes, $inserts
        )
    };
    ($noun:literal, $table:literal, $order:literal, not unique, named $deletes:ident, $inserts:ident) => {
        label_table!(@ $noun, $table, $order, concat!("l.", $noun, "_id = few_id"), $deletes, $inserts)
    };
    (@ $noun:literal, $table:literal, $order:literal, $same:expr, $deletes:ident, $inserts:ident) => {
        $crate::table::label_table::LabelTable {
            delete_name: $crate::sql::name::StatementName::$deletes,
            insert_name: $crate::sql::name::StatementName::$inserts,
            order: $order,
            value: concat!(
                "(SELECT l.value FROM ", $noun, "_labels l WHERE l.organization_id = ", $table,
                ".organization_id AND l.", $noun, "_id = ", $table, ".id AND l.name = "
            ),
            few_value: concat!(
                "(SELECT l.value FROM ", $noun, "_labels l WHERE l.", $noun,
                "_id = few_id AND l.organization_id = "
            ),
            exists: concat!(" AND EXISTS (SELECT 1 FROM ", $noun, "_labels l WHERE l.organization_id = "),
            // `LIMIT 1 OFFSET 0` makes PostgreSQL look the label up for each object. Without it, PostgreSQL
            // would read both tables in full and join them.
            of_few: concat!(" AND ", $same, " LIMIT 1 OFFSET 0)"),
            ids: concat!(
                "SELECT l.", $noun, "_id AS few_id, l.", $noun, "_", $order, " AS few_order FROM ", $noun,
                "_labels l WHERE l.organization_id = "
            ),
            delete: concat!("DELETE FROM ", $noun, "_labels WHERE organization_id = "),
            id_in: concat!(" AND ", $noun, "_id IN "),
            insert: concat!(
                "INSERT INTO ", $noun, "_labels (organization_id, ", $noun, "_id, name, value, ", $noun,
                "_", $order, ") VALUES "
            ),
        }
    };
}

pub(crate) use label_table;
