//! People and keys that did something: found by reference, and named in answers.

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::key::Actor;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::Result;
use bailiwick_engine::memory::people::Standing;
use bailiwick_engine::shape::operation_id::OperationId;
use bailiwick_engine::shape::spec::Extent;

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

/// A user's e-mail address, or a key's name. `None` for the server, for a caller without a credential, for somebody who was
/// deleted, and for somebody whom the caller could not find in the list of users or keys. Reads only the memory.
pub(crate) fn name_of(cx: &Cx, actor: &Actor) -> Option<String> {
    let organization = cx.organization().map(|organization| organization.id);
    let is_above = cx.authority().is_ok_and(|own| own.require_extent(Extent::Everything).is_ok());
    let is_seen = |list: OperationId, is_of_organization: bool| {
        *actor == cx.actor() || (is_of_organization || is_above) && cx.require_operation(list).is_ok()
    };
    match actor {
        Actor::User { id } => {
            let people = cx.control().people();
            let is_member = matches!(people.standing(*id, organization), Standing::Member(_));
            let user = people.user(*id).filter(|_| is_seen(ids::USERS_LIST, is_member))?;
            Some(user.email.to_string())
        }
        Actor::Key { id } => {
            let entry = cx.control().keyring().get(*id)?;
            let is_own = entry.organization.is_some() && entry.organization == organization;
            is_seen(ids::KEYS_LIST, is_own).then(|| entry.key().name.to_string())
        }
        Actor::System | Actor::Anonymous => None,
    }
}
