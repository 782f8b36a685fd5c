//! The columns of a noun's table: listed once, read and written by name.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::revision::Revision;
use uuid::Uuid;

use crate::database::store::Tx;
use crate::error::{Error, Result};
use crate::sql::member::Member;
use crate::sql::name::StatementName;
use crate::sql::query::{Condition, Expression as _, Field, Select};
use crate::sql::statement::{Row, Statement, Value};

/// The organization that owns the row.
const ORGANIZATION: Field<OrganizationId> = Field::new("organization_id");

/// A row of the table of a noun that organizations own. Implemented by [`columns!`].
pub(crate) trait Columns: Row {
    /// The domain type.
    type Object: Sync;

    /// The names of the statements that create, update and delete rows.
    const NAMES: [StatementName; 3];
    /// The table's name.
    const TABLE: &'static str;
    /// The column with the id, with the table's name.
    const ID: &'static str;
    /// The column with the organization, with the table's name.
    const ORGANIZATION: &'static str;
    /// The columns that are read, as members of answers.
    const MEMBERS: &'static [Member];
    /// The columns that are read.
    const READ: &'static str;
    /// The columns that a new row gets.
    const WRITTEN: &'static str;
    /// `) UPDATE … SET … FROM v WHERE … AND id IN `: an edit, from rows `v` with the columns of `WRITTEN` and
    /// the revision at which each object was read.
    const UPDATE: &'static str;

    /// The object's id.
    fn id(object: &Self::Object) -> Uuid;

    /// The values of `WRITTEN`.
    fn values(organization: OrganizationId, object: &Self::Object) -> Vec<Value>;

    /// Begins a query of all columns.
    fn select(first: impl Into<Condition>) -> Select {
        Select::new(Self::READ, Self::TABLE, first)
    }

    /// Begins a query of all columns of an organization's objects.
    fn select_of(organization: OrganizationId) -> Select {
        Self::select(ORGANIZATION.is(&organization))
    }
}

impl Tx {
    /// Inserts the rows of objects.
    pub(crate) async fn create_rows<C: Columns>(
        &mut self,
        organization: OrganizationId,
        objects: &[C::Object],
    ) -> Result<()> {
        let mut statement = Statement::new("INSERT INTO ");
        statement.push(C::TABLE).push(" (").push(C::WRITTEN).push(") VALUES ");
        statement.push_rows(objects.iter().map(|object| C::values(organization, object)));
        let [name, ..] = C::NAMES;
        self.execute(name, statement).await?;
        Ok(())
    }

    /// Updates the rows of objects, each with the revision at which it was read. No object may occur twice.
    /// [`Error::Changed`] if the revision of one is another by now.
    pub(crate) async fn update_rows<C: Columns>(
        &mut self,
        organization: OrganizationId,
        objects: &[(&C::Object, Revision)],
    ) -> Result<()> {
        let mut statement = Statement::new("WITH v (read_at_revision, ");
        statement.push(C::WRITTEN).push(") AS (VALUES ");
        statement.push_rows(objects.iter().map(|(object, from)| {
            let mut values = C::values(organization, object);
            values.insert(0, from.number().into());
            values
        }));
        // The ids at the end are redundant, but keep SQLite from scanning the whole table.
        statement.push(C::UPDATE).push_values(objects.iter().map(|(object, _)| C::id(object)));
        let [_, name, _] = C::NAMES;
        if self.execute(name, statement).await? != objects.len() as u64 {
            return Err(Error::Changed);
        }
        Ok(())
    }

    /// Deletes the row of an object that was read at revision `from`. [`Error::Changed`] if its revision is
    /// another by now.
    pub(crate) async fn delete_row<C: Columns>(
        &mut self,
        organization: OrganizationId,
        id: Uuid,
        from: Revision,
    ) -> Result<()> {
        let mut statement = Statement::new("DELETE FROM ");
        statement.push(C::TABLE).push(" WHERE id = ").push_value(id);
        statement.push(" AND organization_id = ").push_value(organization.as_uuid());
        statement.push(" AND revision = ").push_value(from.number());
        let [.., name] = C::NAMES;
        if self.execute(name, statement).await? == 0 {
            return Err(Error::Changed);
        }
        Ok(())
    }
}

/// Lists the columns of a noun's table, each with its field of the domain type and that field's type:
///
/// ```ignore
/// columns! {
///     ServiceRow: Service by ServiceId in "services" named ServicesCreate, ServicesUpdate, ServicesDelete,
///         with nodes: BTreeSet<NodeId>;
///     fixed { kind = "type": ServiceType }
///     edited { name: ServiceName, port: Option<Port> }
///     derived { search = Service::searchable }
/// }
/// ```
///
/// `named` gives the [names](StatementName) of the statements that create, update and delete rows.
///
/// This makes the row type, which reads the columns by name, and its [`Columns`]. A column is named like the
/// field, unless `= "…"` names it. Every table also has `id`, `organization_id`, `created_at`, `updated_at`
/// and `revision`.
///
/// - `fixed` columns get their value when the row is created; edits leave them alone.
/// - `edited` columns get a new value with each edit. `=> "…"` is the SQL for it, if it is not `v.column`.
/// - `read` columns are written elsewhere.
/// - `derived` columns are computed from the object and never read.
///
/// What is stored in other tables follows `with`: then the row has a method `with` that makes the object.
/// Otherwise the object is made by `try_from`.
macro_rules! columns {
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@member $table:literal, $field:ident $($name:literal)?: $type:ty) => {
        $crate::sql::member::Member::of_column(
            stringify!($field),
            columns!(@name $field $($name)?),
            concat!($table, ".", columns!(@name $field $($name)?)),
            <$type as $crate::sql::column::Column>::STORED_AS,
        )
    };
    (@set $name:expr) => { concat!($name, " = v.", $name, ", ") };
    (@set $name:expr, $set:literal) => { concat!($name, " = ", $set, ", ") };
    (@from $row:ident $object:ident) => {
        impl TryFrom<$row> for $object {
            type Error = $crate::error::Error;

            fn try_from(row: $row) -> $crate::error::Result<Self> {
                row.with()
            }
        }
    };
    (@from $row:ident $object:ident $($part:ident)+) => {};
    (
        $(#[$doc:meta])* $vis:vis $row:ident: $object:ident by $id:ident in $table:literal
            named $create:ident, $update:ident, $delete:ident
            $(, with $($part:ident: $part_type:ty),+)?;
        $(fixed { $($fixed:ident $(= $fixed_name:literal)?: $fixed_type:ty),* $(,)? })?
        edited { $($edited:ident $(= $edited_name:literal)?: $edited_type:ty $(=> $edited_set:literal)?),* $(,)? }
        $(read { $($read:ident $(= $read_name:literal)?: $read_type:ty),* $(,)? })?
        $(derived { $($derived:ident = $value:expr $(=> $derived_set:literal)?),* $(,)? })?
    ) => {
        $(#[$doc])*
        #[derive(sqlx::FromRow)]
        $vis struct $row {
            id: uuid::Uuid,
            organization_id: uuid::Uuid,
            $($($(#[sqlx(rename = $fixed_name)])? $fixed: <$fixed_type as $crate::sql::column::Column>::Stored,)*)?
            $($(#[sqlx(rename = $edited_name)])? $edited: <$edited_type as $crate::sql::column::Column>::Stored,)*
            $($($(#[sqlx(rename = $read_name)])? $read: <$read_type as $crate::sql::column::Column>::Stored,)*)?
            created_at: i64,
            updated_at: i64,
            revision: i64,
        }

        impl $crate::table::columns::Columns for $row {
            type Object = $object;

            const NAMES: [$crate::sql::name::StatementName; 3] = [
                $crate::sql::name::StatementName::$create,
                $crate::sql::name::StatementName::$update,
                $crate::sql::name::StatementName::$delete,
            ];
            const TABLE: &'static str = $table;
            const ID: &'static str = concat!($table, ".id");
            const ORGANIZATION: &'static str = concat!($table, ".organization_id");
            const MEMBERS: &'static [$crate::sql::member::Member] = &[
                columns!(@member $table, id: bailiwick_domain::id::$id),
                columns!(@member $table, organization_id: bailiwick_domain::id::OrganizationId),
                $($(columns!(@member $table, $fixed $($fixed_name)?: $fixed_type),)*)?
                $(columns!(@member $table, $edited $($edited_name)?: $edited_type),)*
                $($(columns!(@member $table, $read $($read_name)?: $read_type),)*)?
                columns!(@member $table, created_at: bailiwick_domain::time::Timestamp),
                columns!(@member $table, updated_at: bailiwick_domain::time::Timestamp),
                columns!(@member $table, revision: i64),
            ];
            const READ: &'static str = concat!(
                "id, organization_id, ",
                $($(columns!(@name $fixed $($fixed_name)?), ", ",)*)?
                $(columns!(@name $edited $($edited_name)?), ", ",)*
                $($(columns!(@name $read $($read_name)?), ", ",)*)?
                "created_at, updated_at, revision"
            );
            const WRITTEN: &'static str = concat!(
                "id, organization_id, ",
                $($(columns!(@name $fixed $($fixed_name)?), ", ",)*)?
                $(columns!(@name $edited $($edited_name)?), ", ",)*
                $($(stringify!($derived), ", ",)*)?
                "created_at, updated_at, revision"
            );
            const UPDATE: &'static str = concat!(
                ") UPDATE ", $table, " SET ",
                $(columns!(@set columns!(@name $edited $($edited_name)?) $(, $edited_set)?),)*
                $($(columns!(@set stringify!($derived) $(, $derived_set)?),)*)?
                "updated_at = v.updated_at, revision = v.revision FROM v WHERE ",
                $table, ".id = v.id AND ", $table, ".organization_id = v.organization_id AND ",
                $table, ".revision = v.read_at_revision AND ", $table, ".id IN "
            );

            fn id(object: &$object) -> uuid::Uuid {
                object.id.as_uuid()
            }

            fn values(
                organization: bailiwick_domain::id::OrganizationId,
                object: &$object,
            ) -> Vec<$crate::sql::statement::Value> {
                use $crate::sql::column::Column as _;
                vec![
                    object.id.value(),
                    organization.as_uuid().into(),
                    $($(object.$fixed.value(),)*)?
                    $(object.$edited.value(),)*
                    $($({
                        let value: fn(&$object) -> _ = $value;
                        value(object).into()
                    },)*)?
                    object.created_at.value(),
                    object.updated_at.value(),
                    object.revision.number().into(),
                ]
            }
        }

        impl $row {
            fn with(self $($(, $part: $part_type)+)?) -> $crate::error::Result<$object> {
                use $crate::sql::column::Column as _;
                use $crate::error::OrCorrupt as _;
                Ok($object {
                    id: $id::from_uuid(self.id),
                    organization_id: bailiwick_domain::id::OrganizationId::from_uuid(self.organization_id),
                    $($($fixed: <$fixed_type>::read(self.$fixed)
                        .or_corrupt($table, columns!(@name $fixed $($fixed_name)?))?,)*)?
                    $($edited: <$edited_type>::read(self.$edited)
                        .or_corrupt($table, columns!(@name $edited $($edited_name)?))?,)*
                    $($($read: <$read_type>::read(self.$read)
                        .or_corrupt($table, columns!(@name $read $($read_name)?))?,)*)?
                    $($($part,)+)?
                    created_at: bailiwick_domain::time::Timestamp::from_micros(self.created_at),
                    updated_at: bailiwick_domain::time::Timestamp::from_micros(self.updated_at),
                    revision: bailiwick_domain::revision::Revision::new(self.revision),
                })
            }
        }

        columns!(@from $row $object $($($part)+)?);
    };
}

pub(crate) use columns;
