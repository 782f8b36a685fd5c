//! List and show users.

use bailiwick_domain::cursor::Cursor;
use bailiwick_domain::page::{Page, PageLimit};
use bailiwick_domain::revision::Revision;
use bailiwick_domain::user::UserRef;
use bailiwick_domain::user::{Email, User};
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_engine::sort_orders;
use bailiwick_store::List;
use bailiwick_store::users::UsersBy;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{NOUN, TAG, ids};

sort_orders! {
    /// A sort order of users.
    pub(crate) UserSort of UsersBy, default Name,
    Name / NameReverse: "name" / "-name",
    Email / EmailReverse: "email" / "-email",
    CreatedAt / CreatedAtReverse: "created_at" / "-created_at",
}

/// List users.
///
/// The users of the organization, with their roles there. A root key or server administrator that names
/// no organization sees all users and all their roles.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListUsers {
    /// Only the user with this e-mail address.
    email: Option<Email>,
    /// The sort order: a field, or `-` and the field for descending order.
    sort: Option<UserSort>,
    /// The most users on a page.
    limit: Option<PageLimit>,
    /// Where the page begins: the `next_cursor` of the page before.
    cursor: Option<Cursor>,
    /// Whether to count the items of all pages, as `total` in the answer: exactly up to 10,000.
    total: Option<bool>,
}

impl Operation for ListUsers {
    const SPEC: Spec = Spec::read(ids::USERS_LIST, "/v1/users")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .columns(&["name", "email", "id", "memberships", "second_factor", "last_login_at"]);
    type Output = Page<User>;

    async fn run(self, cx: &Cx) -> Result<Page<User>> {
        let list = List {
            limit: self.limit.unwrap_or_default(),
            cursor: self.cursor,
            sort: self.sort.unwrap_or_default().into(),
            total: self.total.unwrap_or_default(),
        };
        Ok(cx.store().users(&cx.reach()?).list(self.email.as_ref(), list).await?)
    }
}

/// Show one user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetUser {
    /// Their id or e-mail address.
    user: UserRef,
}

impl Operation for GetUser {
    const SPEC: Spec = Spec::read(ids::USERS_GET, "/v1/users/{user}")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&User) -> Option<Revision> = |output| Some(output.revision);
    type Output = User;

    async fn run(self, cx: &Cx) -> Result<User> {
        NOUN.found(cx.store().users(&cx.reach()?).find(&self.user).await?, &self.user)
    }
}
