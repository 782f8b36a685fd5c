//! Roles: named combinations of scopes and reach that people and keys hold in an organization.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::authority::reach::Reach;
use crate::authority::scope::{Class, Scope};
use crate::id::{OrganizationId, RoleId};
use crate::revision::Revision;
use crate::text::name::{Description, NAME_MAX, Name};
use crate::text::reference::{NotAReference, either};
use crate::text::text_type::text_type;
use crate::time::Timestamp;

/// The most roles that one organization may define.
pub const ROLES_MAX: i64 = 200;

/// A role that every organization has and that cannot be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuiltInRole {
    /// Reads the inventory.
    Viewer,
    /// Reads the inventory, runs saved scripts and reads their results.
    Technician,
    /// Reads the inventory and changes it, and does what a technician does.
    Editor,
    /// Does everything that can be done in the organization.
    Admin,
}

/// The nouns of the operations that a viewer may read and an editor may change.
const INVENTORY: [&str; 10] = [
    "sites",
    "nodes",
    "services",
    "agents",
    "observations",
    "annotations",
    "job_runs",
    "operator_runs",
    "rejects",
    "part_corrections",
];
/// The nouns of the operations that a viewer and an editor may read, and neither may change.
const READ_ONLY: [&str; 19] = [
    "events",
    "organizations",
    "maintenance_windows",
    "series",
    "reports",
    "retention",
    "calendars",
    "downtime_reasons",
    "job_operations",
    "operators",
    "goals",
    "machines",
    "state_intervals",
    "alarm_intervals",
    "aggregated_quantities",
    "positions",
    "job_dispatches",
    "prometheus",
    "ansible",
];

/// The nouns of the operations that a technician may read too.
const OF_TECHNICIANS: [&str; 2] = ["commands", "scripts"];

/// The operations other than reads that a technician may run: nouns and verbs.
const RUN_BY_TECHNICIANS: [(&str, &str); 2] = [("scripts", "run"), ("selections", "create")];

impl BuiltInRole {
    /// All of them, from the least to the most powerful.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Technician, Self::Editor, Self::Admin];

    /// The role as text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Technician => "technician",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// The role that a text from the database or a request names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// What the role is for, as shown to people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Viewer => "Can read the inventory",
            Self::Technician => "Can read the inventory, and run saved scripts",
            Self::Editor => "Can read and change the inventory, and run saved scripts",
            Self::Admin => "Can do everything in the organization",
        }
    }

    /// The scopes that the role grants.
    pub fn scopes(self) -> BTreeSet<Scope> {
        let group = |noun: &str, class| Scope::Group { noun: Some(noun.to_owned()), class };
        match self {
            Self::Viewer => {
                READ_ONLY.iter().chain(&INVENTORY).map(|noun| group(noun, Some(Class::Read))).collect()
            }
            Self::Technician => {
                let mut scopes = Self::Viewer.scopes();
                scopes.extend(OF_TECHNICIANS.iter().map(|noun| group(noun, Some(Class::Read))));
                scopes.extend(
                    RUN_BY_TECHNICIANS.map(|(noun, verb)| Scope::Operation {
                        noun: noun.to_owned(),
                        verb: verb.to_owned(),
                    }),
                );
                scopes
            }
            Self::Editor => {
                let mut scopes = Self::Technician.scopes();
                scopes.extend(INVENTORY.iter().map(|noun| group(noun, Some(Class::Write))));
                scopes
            }
            Self::Admin => [Scope::EVERYTHING].into(),
        }
    }
}

/// A reference to a role: `viewer`, `technician`, `editor`, `admin`, or the id of a role that the organization
/// defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleRef {
    /// A built-in role, which every organization has.
    BuiltIn(BuiltInRole),
    /// A role that an organization defined.
    Own(RoleId),
}

impl RoleRef {
    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::BuiltIn(role) => role.as_str().into(),
            Self::Own(id) => id.to_string().into(),
        }
    }
}

/// The error for a text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected viewer, technician, editor, admin or the id of a role")]
pub struct NotARole;

impl FromStr for RoleRef {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        BuiltInRole::parse(text)
            .map(Self::BuiltIn)
            .or_else(|| text.parse().ok().map(Self::Own))
            .ok_or(NotARole)
    }
}

text_type!(RoleRef, "minLength": 1, "maxLength": 36, "examples": ["viewer"]);

/// A role as clients name it: a built-in one by its word, one that the organization defined by its id or name. Words and ids
/// come before names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NamedRole {
    /// By word or id.
    Ref(RoleRef),
    /// By name.
    Name(Name),
}

impl NamedRole {
    fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Ref(role) => role.as_text(),
            Self::Name(name) => name.as_str().into(),
        }
    }
}

impl FromStr for NamedRole {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        either(text, Self::Ref, Self::Name, "viewer, technician, editor, admin, or the id or name of a role")
    }
}

text_type!(NamedRole, "minLength": 1, "maxLength": NAME_MAX, "examples": ["viewer"]);

/// A role that an organization defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// The organization it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in its organization.
    pub name: Name,
    /// What it is for.
    pub description: Option<Description>,
    /// The operations that it allows.
    pub scopes: BTreeSet<Scope>,
    /// The objects that it may touch.
    pub reach: Reach,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// How many times it was written; the number in its `ETag`.
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_referred_to_by_word_or_id() {
        for role in BuiltInRole::ALL {
            let named = RoleRef::BuiltIn(role);
            assert_eq!(named.to_string().parse(), Ok(named));
        }
        let own: RoleRef = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        assert!(matches!(own, RoleRef::Own(_)));
        assert_eq!("owner".parse::<RoleRef>(), Err(NotARole));
    }

    #[test]
    fn each_built_in_role_covers_the_one_below() {
        let class_of = |_: &str, _: &str| None;
        for pair in BuiltInRole::ALL.windows(2) {
            let above = pair[1].scopes();
            for scope in pair[0].scopes() {
                assert!(above.iter().any(|s| s.covers(&scope, &class_of)), "{scope}");
            }
        }
    }
}
