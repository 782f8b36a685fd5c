//! Users as lines of text: each with the role they hold in the organization.

use bailiwick_domain::name::Name;
use bailiwick_domain::user::Email;
use serde::{Deserialize, Serialize};

use crate::records::{Cells, Record};

/// A user as a line says it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserLine {
    pub(super) email: Email,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Name>,
    /// A built-in role, or one of the organization's own by id or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<Name>,
}

impl Record for UserLine {
    const COLUMNS: &'static [(&'static str, Cells)] =
        &[("email", Cells::Text), ("name", Cells::Text), ("role", Cells::Text)];
    /// Every server takes each of them into its memory by itself.
    const LINES_MAX: usize = 2_000;
}

#[cfg(test)]
mod tests {
    use super::super::create::CreateUser;
    use super::*;

    #[test]
    fn the_columns_are_the_fields_of_a_user_who_is_invited() {
        let schema = schemars::schema_for!(CreateUser).to_value();
        let fields = schema["properties"].as_object().unwrap().keys().map(String::as_str);
        // No password stands in a file, and nobody is put above organizations by one.
        let mut fields: Vec<&str> =
            fields.filter(|field| !["password", "server_administrator"].contains(field)).collect();
        let mut columns: Vec<&str> = UserLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
