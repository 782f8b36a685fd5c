//! What people chose in the console: the theme, columns of tables, and the like.

use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids;
use crate::noun;

/// The operations on one's own preferences.
pub(crate) const OPERATIONS: &[Erased] = &[erase::<ShowPreferences>(), erase::<UpdatePreferences>()];

/// The most bytes of one person's preferences, as JSON.
const BYTES_MAX: usize = 16 << 10;

/// What a person chose in the console.
#[derive(Serialize, JsonSchema)]
struct PersonalPreferences {
    /// The choices, by name. Their values are those of the console.
    preferences: Map<String, Value>,
}

/// Show what you chose in the console.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowPreferences {}

impl Operation for ShowPreferences {
    const SPEC: Spec = Spec::read(ids::ME_PREFERENCES, "/v1/me/preferences").tag("People").person();
    type Output = PersonalPreferences;

    async fn run(self, cx: &Cx) -> Result<PersonalPreferences> {
        let preferences = cx.store().preferences(cx.person()?.user.id).await?;
        Ok(PersonalPreferences { preferences })
    }
}

/// Change what you chose in the console.
///
/// Choices that are absent stay as they are; null removes one. All of them together have at most 16 KiB as JSON.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "preferences": { "theme": "dark" } }]))]
struct UpdatePreferences {
    /// The choices to change, by name.
    #[schemars(extend("examples" = [{ "theme": "dark" }]))]
    preferences: Map<String, Value>,
}

impl Operation for UpdatePreferences {
    // A page changes them while somebody looks at it; decision 43 says more.
    const SPEC: Spec =
        Spec::update(ids::ME_SET_PREFERENCES, "/v1/me/preferences").tag("People").person().unaudited();
    type Output = PersonalPreferences;

    async fn run(self, cx: &Cx) -> Result<PersonalPreferences> {
        let id = cx.person()?.user.id;
        // Two pages that change different choices at the same time must not undo each other's change.
        let mut write = cx.write_rights([Change::User(id)]).await?;
        let mut preferences = write.tx().preferences(id).await?;
        for (name, value) in self.preferences {
            if value.is_null() {
                preferences.remove(&name);
            } else {
                preferences.insert(name, value);
            }
        }
        if preferences.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
            return Err(Error::invalid("preferences", "expected texts without NUL (U+0000)"));
        }
        let bytes = serde_json::to_vec(&preferences).map_err(Error::internal)?.len();
        if bytes > BYTES_MAX {
            let detail = format!("expected at most {BYTES_MAX} bytes of JSON in all, found {bytes}");
            return Err(Error::invalid("preferences", detail));
        }
        write.tx().set_preferences(id, &preferences).await?;
        write.commit_in(None, vec![noun::USER.target(id)], PersonalPreferences { preferences }).await
    }
}

/// Whether a text in a value has a NUL character, which PostgreSQL cannot store.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
