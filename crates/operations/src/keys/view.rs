//! Keys in answers.

use bailiwick_domain::key::{Key as KeyRecord, KeyStatus};
use bailiwick_engine::cx::Cx;
use schemars::JsonSchema;
use serde::Serialize;

use crate::noun::{self, Noun};

pub(super) const TAG: &str = "Keys";
pub(super) const NOUN: Noun = noun::KEY;

/// A key and its status.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Key {
    #[serde(flatten)]
    pub(super) record: KeyRecord,
    /// Its status: whether it works now, and if not, why.
    status: KeyStatus,
}

impl Key {
    /// A key and its status on this server, which also depends on its user, role and organization.
    pub(super) fn at(cx: &Cx, record: KeyRecord) -> Self {
        let now = cx.now();
        let status = match record.status(now) {
            KeyStatus::Active => {
                cx.control().bounds(&record).map_or(KeyStatus::Active, |b| b.status(&record, now))
            }
            other => other,
        };
        Self { status, record }
    }
}

/// A key and its secret. No later answer shows the secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct KeyWithSecret {
    /// The key.
    pub(super) key: Key,
    /// The whole key, as its owner presents it. It is shown only this once, because the server stores
    /// only a digest.
    #[schemars(regex(pattern = bailiwick_domain::key::KEY_PATTERN))]
    pub(super) secret: Secret,
}

/// A secret in an answer to its owner.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) zeroize::Zeroizing<String>);

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
