//! What people chose in the console: one JSON object each.

use bailiwick_domain::id::UserId;
use serde_json::{Map, Value as Json};
use sqlx::types::Json as JsonColumn;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

async fn of_user<R: Run>(mut run: R, user: UserId) -> Result<Map<String, Json>> {
    let statement =
        Statement::new("SELECT preferences FROM user_preferences WHERE user_id = $1").bind(user.as_uuid());
    let row: Option<(JsonColumn<Map<String, Json>>,)> =
        run.row(StatementName::PreferencesGet, statement).await?;
    Ok(row.map(|(preferences,)| preferences.0).unwrap_or_default())
}

impl Store {
    /// What a user chose; empty if nothing.
    pub async fn preferences(&self, user: UserId) -> Result<Map<String, Json>> {
        of_user(self, user).await
    }
}

impl Tx {
    /// What a user chose; empty if nothing.
    pub async fn preferences(&mut self, user: UserId) -> Result<Map<String, Json>> {
        of_user(self, user).await
    }

    /// Stores what a user chose.
    pub async fn set_preferences(&mut self, user: UserId, preferences: &Map<String, Json>) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO user_preferences (user_id, preferences) VALUES ($1, $2) \
             ON CONFLICT (user_id) DO UPDATE SET preferences = excluded.preferences",
        )
        .bind(user.as_uuid())
        .bind(Value::json(preferences));
        self.execute(StatementName::PreferencesSet, statement).await?;
        Ok(())
    }
}
