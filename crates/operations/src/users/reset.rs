//! Help for users who cannot log in, and removal of sessions that must end; for server administrators.

use bailiwick_domain::page::Page;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::session::Session;
use bailiwick_domain::user::User;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Effect, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::removal::{Removal, Removed};
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::role::pin_user_within_own;
use super::{NOUN, TAG, ids, noun};
use crate::keys::beyond::require_may_give_people_access;

async fn require(cx: &Cx, user: &UserRef) -> Result<User> {
    NOUN.found(cx.store().users(&Reach::EVERYTHING).find(user).await?, user)
}

/// Remove the second factor of a user who lost it.
///
/// The user then logs in with the password only, until they set up a new second factor. All of the
/// user's sessions end. A key can only do this if it has no limits that would not apply to a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetSecondFactor {
    /// Their id or e-mail address.
    user: UserRef,
}

impl Operation for ResetSecondFactor {
    const SPEC: Spec = Spec::delete(ids::USERS_RESET_SECOND_FACTOR, "/v1/users/{user}/second_factor")
        .tag(TAG)
        .root_only()
        .everything();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        require_may_give_people_access(cx)?;
        let id = require(cx, &self.user).await?.id;
        let mut write = cx.write_rights([Change::User(id)]).await?;
        let user = NOUN.found(pin_user_within_own(cx, write.tx(), id).await?, &self.user)?;
        write.tx().end_second_factor(user.id).await?;
        write.tx().end_sessions_of(user.id, None).await?;
        let object = Dependant::new(user.id, user.name.as_str());
        let removal = noun::SECOND_FACTOR.removal(cx, object, Vec::new(), false);
        write.commit_in(None, vec![NOUN.target(user.id)], removal).await
    }
}

/// List the sessions of a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListUserSessions {
    /// Their id or e-mail address.
    user: UserRef,
}

impl Operation for ListUserSessions {
    const SPEC: Spec = Spec::read(ids::USERS_LIST_SESSIONS, "/v1/users/{user}/sessions")
        .tag(TAG)
        .root_only()
        .everything()
        .columns(&["id", "address", "user_agent", "created_at", "expires_at"]);
    type Output = Page<Session>;

    async fn run(self, cx: &Cx) -> Result<Page<Session>> {
        let user = require(cx, &self.user).await?;
        let items = cx.store().sessions_of(user.id, cx.now()).await?;
        Ok(Page::new(items, None))
    }
}

/// End every session of a user.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndUserSessions {
    /// Their id or e-mail address.
    user: UserRef,
}

impl Operation for EndUserSessions {
    const SPEC: Spec =
        Spec::delete(ids::USERS_END_SESSIONS, "/v1/users/{user}/sessions").tag(TAG).root_only().everything();
    type Output = Removal;

    async fn run(self, cx: &Cx) -> Result<Removal> {
        let user = require(cx, &self.user).await?;
        let mut write = cx.write_rights([Change::User(user.id)]).await?;
        let count = write.tx().end_sessions_of(user.id, None).await?;
        let removed = Removed { noun: "sessions", effect: Effect::Deleted, count, items: Vec::new() };
        let removal = Removal { dry_run: false, removed: vec![removed] };
        write.commit_in(None, vec![NOUN.target(user.id)], removal).await
    }
}
