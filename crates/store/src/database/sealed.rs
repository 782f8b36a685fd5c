//! Counts the secrets that are encrypted under each pepper version.

use std::collections::BTreeMap;

use bailiwick_domain::key::PepperVersion;

use crate::database::run::Run as _;
use crate::database::store::Store;
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// A column with the version of the pepper that a row's secret is sealed under; null if the row has no
/// secret.
struct VersionColumn {
    table: &'static str,
    column: &'static str,
}

/// All such columns.
const SEALED: &[VersionColumn] = &[
    VersionColumn { table: "agent_secrets", column: "pepper_version" },
    VersionColumn { table: "commands", column: "env_pepper_version" },
    VersionColumn { table: "fronts", column: "authority_pepper" },
    VersionColumn { table: "users", column: "totp_pepper" },
];

impl Store {
    /// How many secrets are sealed under each pepper version.
    pub async fn secrets_by_pepper(&self) -> Result<Vec<(PepperVersion, i64)>> {
        let mut run = self;
        let mut needed = BTreeMap::new();
        for VersionColumn { table, column } in SEALED {
            let mut statement = Statement::new("SELECT ");
            statement.push(column).push(", count(*) FROM ").push(table);
            statement.push(" WHERE ").push(column).push(" IS NOT NULL GROUP BY ").push(column);
            for (version, count) in
                run.rows::<(i64, i64)>(StatementName::SecretsCountByPepper, statement).await?
            {
                let version = PepperVersion::try_from(version).or_corrupt(table, column)?;
                *needed.entry(version).or_default() += count;
            }
        }
        Ok(needed.into_iter().collect())
    }
}
