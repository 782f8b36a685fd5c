//! SQL for the table of a noun whose objects have labels, and for its label table.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::label::{LabelName, LabelValue};

use crate::sql::name::StatementName;
use crate::sql::query::{Expression as _, Field, Fixed, Ids, Select};

/// The organization of a label.
pub(crate) const ORGANIZATION: Field<OrganizationId> = Field::new("l.organization_id");
/// A label's name.
pub(crate) const NAME: Field<LabelName> = Field::new("l.name");
/// A label's value.
pub(crate) const VALUE: Field<LabelValue> = Field::new("l.value");

/// The table of a noun, and the table with its labels, one row per label. The labels are also kept as JSON in
/// the noun's own row: the JSON is for reading an object, this table for searching. It repeats the column by
/// which the noun's list is sorted, so that the objects with a label can be read in the order of their list.
///
/// `I` is the noun's id, and `C` are the columns that its list can be sorted by.
pub(crate) struct LabelTable<I, C> {
    /// The name of the statement that deletes labels.
    pub(crate) delete_name: StatementName,
    /// The name of the statement that inserts labels.
    pub(crate) insert_name: StatementName,
    /// The noun's table.
    pub(crate) table: &'static str,
    /// The object's organization, in the noun's table.
    pub(crate) organization: Field<OrganizationId>,
    /// `few_id` is the object's id.
    pub(crate) joined: Fixed,
    /// The sort column of the noun that the label table repeats.
    pub(crate) order: C,
    /// The label table, called `l`.
    pub(crate) labels: &'static str,
    /// The object that has the label.
    pub(crate) object: Field<I>,
    /// The label belongs to the object in the current row of the noun's table.
    pub(crate) of_row: Fixed,
    /// The label belongs to the object whose id is `few_id`.
    pub(crate) of_few_id: Fixed,
    /// The label belongs to the object `few_id`, `few_order`: found by the index that tracks are read by.
    pub(crate) of_few: Fixed,
    /// The columns of a track.
    pub(crate) track: &'static str,
    /// `DELETE FROM … WHERE organization_id = `
    pub(crate) delete: &'static str,
    /// ` AND … IN `, where `…` is the column with the object's id.
    pub(crate) id_in: &'static str,
    /// `INSERT INTO … (organization_id, …, name, value, …) VALUES `
    pub(crate) insert: &'static str,
}

impl<I, C> LabelTable<I, C> {
    /// Begins a query of objects of an organization: of those in `few`, or of all.
    ///
    /// At ids, PostgreSQL finds each row by its id, because no index serves `IS NOT DISTINCT FROM`. With `=`
    /// it would read the whole organization for each id if the table has no statistics yet.
    pub(crate) fn select(
        &self,
        columns: &[&'static str],
        organization: OrganizationId,
        few: Option<&Ids<I>>,
    ) -> Select {
        match few {
            Some(few) => Select::at(columns, few, self.table, self.joined)
                .and(self.organization.same_as(&organization)),
            None => Select::of(columns, self.table, self.organization.is(&organization)),
        }
    }
}

/// Builds a [`LabelTable`]. `label_table!("node", "nodes", NodesBy::Name = "name", named …)` is the table `nodes`
/// with `node_labels`, in the order of the nodes' names. If the sort column is not unique within an
/// organization: `label_table!("agent", "agents", AgentsBy::CreatedAt = "created_at", not unique, named …)`.
/// `named` gives the [names](StatementName) of the statements that delete and insert rows.
macro_rules! label_table {
    ($noun:literal, $table:literal, $by:ident::$column:ident = $order:literal, named $deletes:ident, $inserts:ident) => {
        // Matches by the sort column, to use the same index that tracks are read by.
        $crate::table::label_table::label_table!(
            @ $noun, $table, $by::$column, $order, concat!("l.", $noun, "_", $order, " = few_order"), $deletes,
            $inserts
        )
    };
    ($noun:literal, $table:literal, $by:ident::$column:ident = $order:literal, not unique, named $deletes:ident, $inserts:ident) => {
        $crate::table::label_table::label_table!(
            @ $noun, $table, $by::$column, $order, concat!("l.", $noun, "_id = few_id"), $deletes, $inserts
        )
    };
    (@ $noun:literal, $table:literal, $by:expr, $order:literal, $same:expr, $deletes:ident, $inserts:ident) => {
        $crate::table::label_table::LabelTable {
            delete_name: $crate::sql::name::StatementName::$deletes,
            insert_name: $crate::sql::name::StatementName::$inserts,
            table: $table,
            organization: $crate::sql::query::Field::new(concat!($table, ".organization_id")),
            joined: $crate::sql::query::Fixed::new(concat!($table, ".id = few_id")),
            order: $by,
            labels: concat!($noun, "_labels l"),
            object: $crate::sql::query::Field::new(concat!("l.", $noun, "_id")),
            of_row: $crate::sql::query::Fixed::new(concat!(
                "l.organization_id = ", $table, ".organization_id AND l.", $noun, "_id = ", $table, ".id"
            )),
            of_few_id: $crate::sql::query::Fixed::new(concat!("l.", $noun, "_id = few_id")),
            of_few: $crate::sql::query::Fixed::new($same),
            track: concat!("l.", $noun, "_id AS few_id, l.", $noun, "_", $order, " AS few_order"),
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
