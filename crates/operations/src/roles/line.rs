//! Roles as lines of text, with the fields of `roles.create`.

use std::collections::BTreeSet;

use bailiwick_domain::name::{Description, Name};
use bailiwick_domain::role::{ROLES_MAX, Role};
use bailiwick_domain::scope::Scope;
use bailiwick_engine::shape::records::{Cells, Record};
use serde::{Deserialize, Serialize};

use crate::keys::given_reach::GivenReach;

/// A role as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleLine {
    pub(super) name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Description>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scopes: Option<BTreeSet<Scope>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reach: Option<GivenReach>,
}

impl Record for RoleLine {
    const COLUMNS: &'static [(&'static str, Cells)] = &[
        ("name", Cells::Text),
        ("description", Cells::Text),
        ("scopes", Cells::List),
        ("reach", Cells::Json),
    ];
    /// As many as an organization may have.
    const LINES_MAX: usize = ROLES_MAX as usize;
}

impl RoleLine {
    /// Applies the fields that are present to a role, except for its name and reach.
    pub(super) fn apply(self, role: &mut Role) {
        if self.description.is_some() {
            role.description = self.description;
        }
        if let Some(scopes) = self.scopes {
            role.scopes = scopes;
        }
    }

    /// The line that creates a role like this one.
    pub(super) fn of(role: Role) -> Self {
        Self {
            name: role.name,
            description: role.description,
            scopes: Some(role.scopes),
            reach: Some(role.reach.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::create::CreateRole;
    use super::*;

    #[test]
    fn the_import_columns_of_roles_are_the_fields_of_create() {
        let schema = schemars::schema_for!(CreateRole).to_value();
        let mut fields: Vec<&str> =
            schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut columns: Vec<&str> = RoleLine::COLUMNS.iter().map(|(name, _)| *name).collect();
        fields.sort_unstable();
        columns.sort_unstable();
        assert_eq!(columns, fields);
    }
}
