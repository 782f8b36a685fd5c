//! List and show keys.

use super::find::find;
use crate::keys::named::named_user;
use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::key::KeyKind;
use bailiwick_domain::key::KeyRef;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::error::require_valid;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::shape::words::Words;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::keys::KeysBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::view::{Key, KeyInclude, NOUN, TAG, include};
use crate::ids;

sort_orders! {
    /// A sort order of keys.
    pub(crate) KeySort of KeysBy, default Name,
    Name / NameReverse: "name" / "-name",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List keys.
///
/// An organization key sees the keys of its organization. A root key sees the keys of the organization
/// that it names, or all keys including root keys if it names none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListKeys {
    /// Only keys of this kind.
    kind: Option<KeyKind>,
    /// Only keys that act for this user, by id or e-mail address.
    user: Option<UserRef>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<KeySort>,
    /// The most keys on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<KeyInclude>>,
}

impl Operation for ListKeys {
    const SPEC: Spec =
        Spec::read(ids::KEYS_LIST, "/v1/keys").tag(TAG).across_organizations().whole_organization().columns(
            &[
                "id",
                "kind",
                "name",
                "status",
                "reach",
                "user_name",
                "role_name",
                "scopes",
                "expires_at",
                "last_used",
            ],
        );
    type Output = Page<Key>;

    async fn run(self, cx: &Cx) -> Result<Page<Key>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        let mut errors = Vec::new();
        let user = named_user(cx, self.user.as_ref(), &mut errors).await?;
        require_valid(errors)?;
        let page = cx.store().keys(&cx.reach()?).list(self.kind, user, list).await?;
        let mut page = page.map(|key| Key::at(cx, cx.control().with_last_use(key)));
        include(cx, &mut page.items, &self.include.unwrap_or_default()).await?;
        Ok(page)
    }
}

/// Show one key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetKey {
    /// Its id, which is the third part of the key; or its name, if no other key has it.
    key: KeyRef,
    /// Which names to add next to ids, in members of their own.
    include: Option<Words<KeyInclude>>,
}

impl Operation for GetKey {
    const SPEC: Spec = Spec::read(ids::KEYS_GET, "/v1/keys/{key}")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&Key) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Key;

    async fn run(self, cx: &Cx) -> Result<Key> {
        let id = find(cx, &self.key).await?;
        let key = NOUN.found(cx.store().keys(&cx.reach()?).get(id).await?, &self.key)?;
        let mut key = Key::at(cx, cx.control().with_last_use(key));
        include(cx, std::slice::from_mut(&mut key), &self.include.unwrap_or_default()).await?;
        Ok(key)
    }
}
