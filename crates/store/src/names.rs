//! The names of objects of several nouns, found by their ids, many at a time.

use std::collections::HashMap;

use bailiwick_domain::id::OrganizationId;
use uuid::Uuid;

use crate::database::run::Run as _;
use crate::database::store::Store;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// A kind of objects that have names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedKind {
    /// Keys, by name.
    Key,
    /// Maintenance windows, by name.
    MaintenanceWindow,
    /// Nodes, by name.
    Node,
    /// Roles that an organization defined, by name.
    Role,
    /// Schedules, by name.
    Schedule,
    /// Saved scripts, by name.
    Script,
    /// Services, by name.
    Service,
    /// Sites, by name.
    Site,
    /// Users, by e-mail address.
    User,
}

impl NamedKind {
    /// The query of ids and names, and the condition that an object belongs to an organization.
    const fn query(self) -> (&'static str, &'static str) {
        const OWNED: &str = " AND organization_id = ";
        match self {
            Self::Key => ("SELECT id, name FROM keys WHERE 1 = 1", OWNED),
            Self::MaintenanceWindow => ("SELECT id, name FROM maintenance_windows WHERE 1 = 1", OWNED),
            Self::Node => ("SELECT id, name FROM nodes WHERE 1 = 1", OWNED),
            Self::Role => ("SELECT id, name FROM roles WHERE 1 = 1", OWNED),
            Self::Schedule => ("SELECT id, name FROM schedules WHERE 1 = 1", OWNED),
            Self::Script => ("SELECT id, name FROM scripts WHERE 1 = 1", OWNED),
            Self::Service => ("SELECT id, name FROM services WHERE 1 = 1", OWNED),
            Self::Site => ("SELECT id, name FROM sites WHERE 1 = 1", OWNED),
            Self::User => (
                "SELECT id, email FROM users WHERE 1 = 1",
                " AND id IN (SELECT m.user_id FROM memberships m WHERE m.organization_id = ",
            ),
        }
    }
}

impl Store {
    /// The names of the objects of a kind with these ids that belong to an organization; to any if none is named. Texts
    /// that are no ids are left out. For callers that reach the whole organization.
    pub async fn names_of(
        &self,
        kind: NamedKind,
        organization: Option<OrganizationId>,
        ids: &[&str],
    ) -> Result<HashMap<String, String>> {
        let (query, owned) = kind.query();
        let mut statement = Statement::new(query);
        if let Some(organization) = organization {
            statement.push(owned).push_value(organization.as_uuid());
            statement.push(if kind == NamedKind::User { ")" } else { "" });
        }
        let (name, mut run) = (StatementName::NamesOf, self);
        if kind == NamedKind::Key {
            let ids = ids.iter().copied();
            let rows: Vec<(String, String)> = statement.among(name, &mut run, " AND id IN ", ids).await?;
            return Ok(rows.into_iter().collect());
        }
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| Uuid::try_parse(id).ok()).collect();
        let rows: Vec<(Uuid, String)> = statement.among(name, &mut run, " AND id IN ", ids).await?;
        Ok(rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
    }

    /// The ids of the first objects of a kind that have this name and belong to an organization; to any if none is named.
    /// For callers that reach the whole organization.
    pub async fn ids_named(
        &self,
        kind: NamedKind,
        organization: Option<OrganizationId>,
        text: &str,
        most: u8,
    ) -> Result<Vec<String>> {
        let (query, owned) = kind.query();
        let mut statement = Statement::new(query);
        if let Some(organization) = organization {
            statement.push(owned).push_value(organization.as_uuid());
            statement.push(if kind == NamedKind::User { ")" } else { "" });
        }
        statement
            .push(if kind == NamedKind::User { " AND email = " } else { " AND name = " })
            .push_value(text);
        statement.push(" ORDER BY id LIMIT ").push_number(i64::from(most));
        let (name, mut run) = (StatementName::IdsNamed, self);
        if kind == NamedKind::Key {
            let rows: Vec<(String, String)> = run.rows(name, statement).await?;
            return Ok(rows.into_iter().map(|(id, _)| id).collect());
        }
        let rows: Vec<(Uuid, String)> = run.rows(name, statement).await?;
        Ok(rows.into_iter().map(|(id, _)| id.to_string()).collect())
    }
}
