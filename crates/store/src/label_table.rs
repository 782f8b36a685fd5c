//! Where the labels of a noun stand.

/// The table that holds the labels of a noun, one row a label, beside the JSON in the noun's row:
/// the JSON is read, the table is searched. What the noun is listed by stands in it too, so that
/// the objects with a label are read in the order of their list.
#[derive(Clone, Copy)]
pub(crate) struct LabelTable {
    /// The noun's column that stands in it too.
    pub(crate) order: &'static str,
    /// `(SELECT l.value FROM … WHERE … AND l.name = `, of the object that a query is at.
    pub(crate) value: &'static str,
    /// `(SELECT l.value FROM … WHERE … l.organization_id = `, of the one called `few_id`.
    pub(crate) few_value: &'static str,
    /// ` AND EXISTS (SELECT 1 FROM … WHERE l.organization_id = `
    pub(crate) exists: &'static str,
    /// ` AND … LIMIT 1 OFFSET 0)`: whose label it is, of those called `few_id` and `few_order`.
    pub(crate) of_few: &'static str,
    /// `SELECT … AS few_id, … AS few_order FROM … WHERE l.organization_id = `
    pub(crate) ids: &'static str,
    /// `DELETE FROM … WHERE organization_id = `
    pub(crate) delete: &'static str,
    /// ` AND … IN `, with the column that holds the object's id.
    pub(crate) id_in: &'static str,
    /// `INSERT INTO … (organization_id, …, name, value, …) VALUES `
    pub(crate) insert: &'static str,
}

/// The labels of a noun: `label_table!("node", "nodes", "name")` are those in `node_labels`, in the
/// order of the nodes' names. Where that is not unique within an organization,
/// `label_table!("agent", "agents", "created_at", not unique)`.
macro_rules! label_table {
    ($noun:literal, $table:literal, $order:literal) => {
        // By the index that the track is read by too: one looks where the other does.
        label_table!(@ $noun, $table, $order, concat!("l.", $noun, "_", $order, " = few_order"))
    };
    ($noun:literal, $table:literal, $order:literal, not unique) => {
        label_table!(@ $noun, $table, $order, concat!("l.", $noun, "_id = few_id"))
    };
    (@ $noun:literal, $table:literal, $order:literal, $same:expr) => {
        $crate::label_table::LabelTable {
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
            // To be looked up at each; PostgreSQL would rather read all of both and join them.
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
