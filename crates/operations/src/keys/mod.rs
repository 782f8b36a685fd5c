//! Keys: credentials for programs.

mod create;
mod delete;
mod grant;
mod lifecycle;
mod read;
mod update;

use bailiwick_domain::key::{Key as KeyRecord, KeyId, KeyStatus};
use bailiwick_domain::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::operation::{Erased, erase};

const TAG: &str = "Keys";
const NOUN: &str = "key";

pub(crate) const OPERATIONS: &[Erased] = &[
    erase::<read::ListKeys>(),
    erase::<create::CreateKey>(),
    erase::<read::GetKey>(),
    erase::<update::UpdateKey>(),
    erase::<delete::DeleteKey>(),
    erase::<lifecycle::RotateKey>(),
    erase::<lifecycle::DisableKey>(),
    erase::<lifecycle::EnableKey>(),
];

/// A key, and whether it works now.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Key {
    #[serde(flatten)]
    record: KeyRecord,
    /// Whether it works now.
    status: KeyStatus,
}

impl Key {
    fn at(record: KeyRecord, now: Timestamp) -> Self {
        Self { status: record.status(now), record }
    }
}

/// A key and its secret, which no later answer holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct KeyWithSecret {
    /// The key.
    key: Key,
    /// The whole key as its owner presents it. It is shown this once: the server keeps only a
    /// digest.
    #[schemars(regex(pattern = bailiwick_domain::key::KEY_PATTERN))]
    secret: Secret,
}

/// A secret on its way to its owner.
#[derive(Clone, Serialize)]
#[serde(transparent)]
struct Secret(zeroize::Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

impl JsonSchema for Secret {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl Cx {
    /// Refuses a caller that may not administer keys: one that reaches only a part of its
    /// organization would otherwise see, and switch off, keys of other parts.
    fn require_key_administration(&self) -> Result<()> {
        if self.key()?.reach.is_partial() {
            return Err(Error::ReachTooNarrow(
                "keys are administered with a reach of the whole organization",
            ));
        }
        Ok(())
    }
}

fn not_found(id: KeyId) -> Error {
    Error::not_found(NOUN, id)
}
