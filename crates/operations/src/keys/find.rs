//! The key that a reference means.

use bailiwick_domain::key::{KeyId, KeyRef};
use bailiwick_domain::name::Name;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};

use super::view::NOUN;

/// The id of the key that a reference means. There may be no key with an id that is given as one. Ids that this server knows are
/// not looked up in the database, so that a key can be refused while the database does not answer.
pub(crate) async fn find(cx: &Cx, key: &KeyRef) -> Result<KeyId> {
    let (id, name) = match key {
        KeyRef::Id(id) if cx.control().keyring().get(*id).is_some() => return Ok(*id),
        // It may also be a name that looks like an id.
        KeyRef::Id(id) => (Some(*id), id.as_str().parse::<Name>().map_err(Error::internal)?),
        KeyRef::Name(name) => (None, name.clone()),
    };
    let named = cx.store().keys(&cx.reach()?).id_named(&name).await?;
    NOUN.found(named.or(id), key)
}
