//! Settings: single values that belong to the server as a whole.

use crate::database::run::Run as _;
use crate::database::store::{SchemaState, Store, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// The name of the setting that records when the first organization and keys were created.
pub const INITIALIZED_AT: &str = "initialized_at";

/// The name of the setting that records when the storage of observations was made.
pub const OBSERVATIONS_MADE_AT: &str = "observations_made_at";

impl Store {
    /// Whether the first organization and keys were created.
    pub async fn is_initialized(&self) -> Result<bool> {
        if self.schema_state().await? == SchemaState::Behind(self.migrator().iter().count()) {
            return Ok(false);
        }
        Ok(self.setting(INITIALIZED_AT).await?.is_some())
    }

    /// The value of a setting; `None` if it is not set.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let mut run = self;
        let row: Option<(String,)> = run
            .row(
                StatementName::SettingsGet,
                Statement::new("SELECT value FROM settings WHERE name = $1").bind(name),
            )
            .await?;
        Ok(row.map(|(value,)| value))
    }
}

impl Tx {
    /// Sets a setting for the first time. [`Error::Taken`](crate::Error::Taken) if it is set already.
    pub async fn set_once(&mut self, name: &str, value: &str) -> Result<()> {
        self.execute(
            StatementName::SettingsSetOnce,
            Statement::new("INSERT INTO settings (name, value) VALUES ($1, $2)").bind(name).bind(value),
        )
        .await?;
        Ok(())
    }
}
