//! People and keys that did something, found by reference.

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::key::Actor;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;

use crate::ids;

/// The actor that a reference means. Somebody who may not list users or keys names them by id, so that nobody learns
/// which names there are. There may be no user and no key with an id that is given as one: they may be deleted.
pub(crate) async fn find(cx: &Cx, actor: &ActorRef) -> Result<Actor> {
    match actor {
        ActorRef::User(user) => {
            if user.id().is_none() {
                cx.require_operation(ids::USERS_LIST)?;
            }
            Ok(Actor::User { id: crate::users::id_of(cx, user).await? })
        }
        ActorRef::Key(key) => {
            if key.id().is_none() {
                cx.require_operation(ids::KEYS_LIST)?;
            }
            Ok(Actor::Key { id: crate::keys::find(cx, key).await? })
        }
    }
}
