//! Which of its operations a key has used.

use bailiwick_domain::key::KeyRef;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::listing::Listing;
use bailiwick_engine::shape::spec::{Access, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view::{NOUN, TAG};
use crate::ids;

/// Show which operations a key has used, and which it has never used.
///
/// Uses are written every few seconds. What a key never uses, it need not be able to do: the scopes for it can be removed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyUsage {
    /// The key, by id or name.
    key: KeyRef,
}

/// An operation that a key has used.
#[derive(Serialize, JsonSchema)]
struct UsedOperation {
    /// The operation.
    #[schemars(example = &"nodes.list")]
    operation: String,
    /// When the key used it first.
    first_used_at: Timestamp,
    /// When the key used it last.
    last_used_at: Timestamp,
}

/// What a key has used.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Usage {
    /// Since when uses are known: since the key was created, or since the server records them.
    since: Timestamp,
    /// The operations that it has used, by id.
    used: Vec<UsedOperation>,
    /// The operations that it may run now, and has not used since then.
    unused: Vec<String>,
}

impl Operation for KeyUsage {
    const SPEC: Spec = Spec::read(ids::KEYS_USAGE, "/v1/keys/{key}/usage")
        .tag(TAG)
        .across_organizations()
        .whole_organization();
    type Output = Usage;

    async fn run(self, cx: &Cx) -> Result<Usage> {
        let id = super::find(cx, &self.key).await?;
        let key = NOUN.found(cx.store().keys(&cx.reach()?).get(id).await?, id)?;
        let used = cx.store().key_uses(id).await?;
        let since = cx.store().key_uses_since().await?.max(key.created_at);
        let entry = cx.control().keyring().get(id);
        let may = |listing: &&Listing| {
            matches!(listing.spec.access, Access::Scoped | Access::Root)
                && entry.as_ref().is_some_and(|entry| entry.may(listing))
                && !used.contains_key(listing.spec.id.as_str())
        };
        let unused = cx.listings().iter().filter(may).map(|listing| listing.spec.id.to_string()).collect();
        let used = used.into_iter().map(|(operation, times)| UsedOperation {
            operation,
            first_used_at: times.first,
            last_used_at: times.last,
        });
        Ok(Usage { since, used: used.collect(), unused })
    }
}
