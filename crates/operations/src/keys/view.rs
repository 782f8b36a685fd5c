//! Keys in answers.

use bailiwick_domain::key::{Key as KeyRecord, KeyStatus};
use bailiwick_domain::role::RoleRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::words;
use schemars::JsonSchema;
use serde::Serialize;

use crate::names::{NameOf, names_of_all};
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
    #[serde(flatten)]
    names: KeyNames,
}

/// The names of what a key refers to.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
struct KeyNames {
    /// The e-mail address of the user that it acts for. Only with `include=user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "user"))]
    user_name: NameOf<String>,
    /// The name of the role that limits it. Only with `include=role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-include" = "role"))]
    role_name: NameOf<String>,
}

words! {
    /// What a key refers to.
    pub(crate) KeyInclude { User = "user", Role = "role" }
}

/// Adds names to keys.
pub(super) async fn include(cx: &Cx, keys: &mut [Key], asked: &Words<KeyInclude>) -> Result<()> {
    if asked.0.is_empty() {
        return Ok(());
    }
    let id_of = |key: &Key| key.record.user.map(|id| id.to_string());
    let own_role = |key: &Key| match key.record.role {
        Some(RoleRef::Own(id)) => Some(id.to_string()),
        Some(RoleRef::BuiltIn(_)) | None => None,
    };
    let (users, roles): (Vec<String>, Vec<String>) = (
        keys.iter().filter(|_| asked.has(KeyInclude::User)).filter_map(id_of).collect(),
        keys.iter().filter(|_| asked.has(KeyInclude::Role)).filter_map(own_role).collect(),
    );
    let objects = users.iter().map(|id| (noun::USER.one, id.as_str()));
    let objects = objects.chain(roles.iter().map(|id| (noun::ROLE.one, id.as_str())));
    let names = names_of_all(cx, objects).await?;
    for key in keys {
        if asked.has(KeyInclude::User) {
            key.names.user_name = Some(id_of(key).and_then(|id| names.of_object(noun::USER.one, &id)));
        }
        if asked.has(KeyInclude::Role) {
            key.names.role_name = Some(match key.record.role {
                Some(RoleRef::BuiltIn(role)) => Some(role.as_str().to_owned()),
                _ => own_role(key).and_then(|id| names.of_object(noun::ROLE.one, &id)),
            });
        }
    }
    Ok(())
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
        Self { status, record, names: KeyNames::default() }
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
