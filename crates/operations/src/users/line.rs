//! Users as lines of text, with their role in the organization.

use bailiwick_domain::name::Name;
use bailiwick_domain::role::NamedRole;
use bailiwick_domain::user::Email;
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

/// A user as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserLine {
    pub(super) email: Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Name>,
    /// A built-in role, or a custom role by id or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<NamedRole>,
}

impl Record for UserLine {
    const COLUMNS: &'static [(&'static str, Cells)] =
        &[("email", Cells::Text), ("name", Cells::Text), ("role", Cells::Text)];
    /// Every server reads each changed user into memory separately.
    const LINES_MAX: usize = 2_000;
}

#[cfg(test)]
mod tests {
    use super::super::create::CreateUser;
    use super::*;

    #[test]
    fn the_import_columns_of_users_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateUser).to_value();
        let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        // A file contains no passwords, cannot make anybody a server administrator, and is imported as a
        // whole with or without `join_existing`.
        let not_in_files = ["password", "server_administrator", "join_existing"];
        let mut fields: Vec<&str> = fields.filter(|field| !not_in_files.contains(field)).collect();
        let mut columns: Vec<&str> = UserLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
