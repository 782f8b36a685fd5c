//! People and keys that did something, found by reference.

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::key::{Actor, KeyRef};
use bailiwick_domain::page::PageLimit;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::user::UserRef;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::audit::{AuditFilter, EntriesBy};
use bailiwick_store::{List, Order};

use crate::ids;
use crate::names::name_of_actor;

/// The actor that a reference means. Somebody who may not list users or keys names them by id, so that nobody learns
/// which names there are. There may be no user and no key with an id that is given as one: they may be deleted.
pub(crate) async fn find(cx: &Cx, actor: &ActorRef) -> Result<Actor> {
    match actor {
        ActorRef::User(user) => {
            if user.id().is_none() {
                cx.require_operation(ids::USERS_LIST)?;
            }
            match crate::users::id_of(cx, user).await {
                Ok(id) => Ok(Actor::User { id }),
                Err(error @ Error::NotFound { .. }) => administrator(cx, user).await?.ok_or(error),
                Err(error) => Err(error),
            }
        }
        ActorRef::Key(key) => {
            if key.id().is_none() {
                cx.require_operation(ids::KEYS_LIST)?;
            }
            find_key(cx, key).await
        }
    }
}

/// Somebody who is no member here, such as a server administrator, if lists show the caller their e-mail address.
async fn administrator(cx: &Cx, user: &UserRef) -> Result<Option<Actor>> {
    let UserRef::Email(email) = user else { return Ok(None) };
    let found = cx.store().users(&Reach::EVERYTHING).with_email(email).await?;
    let actor = found.map(|user| Actor::User { id: user.id });
    Ok(actor.filter(|actor| name_of_actor(cx, actor).is_some()))
}

/// The key that a reference means, for what it did. A text that is the id of a key that did something means that key, also
/// if it was deleted and another key was given this name.
pub(crate) async fn find_key(cx: &Cx, key: &KeyRef) -> Result<Actor> {
    if let KeyRef::Id(id) = key
        && cx.control().keyring().get(*id).is_none()
    {
        let actor = Actor::Key { id: *id };
        let filter = AuditFilter { actor: Some(actor.clone()), ..AuditFilter::default() };
        let sort = Order::ascending(EntriesBy::Number);
        let one = List { limit: PageLimit::near(1), cursor: None, sort, total: false };
        let chain = cx.organization().map(|organization| organization.id);
        if !cx.store().audit(chain, &filter, one).await?.items.is_empty() {
            return Ok(actor);
        }
    }
    Ok(Actor::Key { id: crate::keys::find(cx, key).await? })
}
