//! What a question about the audit trail names: an operation, or an object. A word that names nothing is refused, because
//! an empty answer would mean that nobody did it.

use std::fmt::Display;

use bailiwick_domain::actor::ActorRef;
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::key::{Actor, KeyId};
use bailiwick_domain::page::PageLimit;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;
use bailiwick_engine::noun::Noun;
use bailiwick_engine::shape::input::nearest;
use bailiwick_store::audit::{AuditFilter, EntriesBy};
use bailiwick_store::{List, Order};

use crate::names::named_kind;
use crate::{actors, noun};

/// How many objects of one name are looked for: more than one is refused.
const NAMED_MAX: u8 = 2;

/// The end of an error for an unknown word.
fn or_near(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Refuses an operation that there is not, unless the trail has it from an earlier version.
pub(crate) async fn require_known(cx: &Cx, chain: Option<OrganizationId>, operation: &str) -> Result<()> {
    let ids = || {
        let public = cx.control().listings().iter().map(|listing| listing.spec.id.as_str());
        public.chain(internal::ALL.iter().map(|internal| internal.id.as_str()))
    };
    if ids().any(|id| id == operation) {
        return Ok(());
    }
    let filter = AuditFilter { operation: Some(operation.to_owned()), ..AuditFilter::default() };
    let sort = Order::ascending(EntriesBy::Number);
    let one = List { limit: PageLimit::near(1), cursor: None, sort, total: false };
    if cx.store().audit(chain, &filter, one).await?.items.is_empty() {
        let near = or_near(nearest(operation, ids()));
        return Err(Error::invalid(
            "operation",
            format!("there is no operation {}{near}", clipped(operation)),
        ));
    }
    Ok(())
}

/// A word of the caller, as an error repeats it.
fn clipped(word: &str) -> String {
    word.chars().take(100).collect()
}

/// The object that `NOUN:NAME` or `NOUN:ID` means, as the trail names it: the noun for one object, and the id.
pub(crate) async fn object(cx: &Cx, chain: Option<OrganizationId>, text: &str) -> Result<(String, String)> {
    let invalid = |detail: String| Error::invalid("target", detail);
    let pair = text.split_once(':').filter(|(noun, id)| !noun.is_empty() && !id.is_empty());
    let (word, name) = pair.ok_or_else(|| {
        invalid(
            "expected the kind of an object, and its name or id, such as `node:db-1` or `site:0193…`".into(),
        )
    })?;
    let kinds: Vec<Noun> =
        cx.control().listings().kinds().iter().map(|(one, many)| Noun::new(one, many)).collect();
    let Some(kind) = kinds.iter().copied().find(|kind| kind.one == word || kind.many == word) else {
        let near = or_near(nearest(word, kinds.iter().flat_map(|kind| [kind.one, kind.many])));
        return Err(invalid(format!("there is no kind of object `{}`{near}", clipped(word))));
    };
    let id = match kind {
        noun::USER => user(cx, name).await?,
        noun::ORGANIZATION => organization(cx, name)?,
        kind => of_kind(cx, chain, kind, name).await?,
    };
    Ok((kind.one.to_owned(), id))
}

/// An id as the trail writes it. Those of all kinds but keys have the form of a node's.
fn id_in(text: &str) -> Option<String> {
    text.parse::<NodeId>().ok().map(|id| id.to_string())
}

fn none_now(kind: Noun, name: impl Display) -> Error {
    let one = kind.one.replace('_', " ");
    let detail =
        format!("there is no {one} {name} now; one that was deleted is named by its id: `{}:ID`", kind.one);
    Error::invalid("target", detail)
}

async fn user(cx: &Cx, name: &str) -> Result<String> {
    let user = name
        .parse()
        .map_err(|_| Error::invalid("target", "expected a user's id or e-mail address after `user:`"))?;
    match actors::find(cx, &ActorRef::User(user)).await {
        Ok(Actor::User { id }) => Ok(id.to_string()),
        Ok(_) | Err(Error::NotFound { .. }) => Err(none_now(noun::USER, clipped(name))),
        Err(error) => Err(error),
    }
}

fn organization(cx: &Cx, name: &str) -> Result<String> {
    if let Some(id) = id_in(name) {
        return Ok(id);
    }
    let named = name.parse().ok().and_then(|name| cx.control().directory().get(&name));
    let seen = named.filter(|found| cx.organization().is_none_or(|own| own.id == found.id));
    seen.map(|found| found.id.to_string()).ok_or_else(|| none_now(noun::ORGANIZATION, clipped(name)))
}

async fn of_kind(cx: &Cx, chain: Option<OrganizationId>, kind: Noun, name: &str) -> Result<String> {
    let invalid = |detail: String| Err(Error::invalid("target", detail));
    if let Some(id) = id_in(name) {
        return Ok(id);
    }
    let id = (kind == noun::KEY).then(|| name.parse::<KeyId>().ok()).flatten().map(|id| id.to_string());
    let Some(named) = named_kind(kind).filter(|_| cx.may_read(kind.many)) else {
        let of = kind.one.replace('_', " ");
        return id.map_or_else(|| invalid(format!("expected the id of a {of}: `{}:ID`", kind.one)), Ok);
    };
    let mut found = cx.store().ids_named(named, chain, name, NAMED_MAX).await?;
    match (found.pop(), found.is_empty(), id) {
        (Some(only), true, _) => Ok(only),
        (Some(_), false, _) => {
            invalid(format!("several have the name {}: write the id, as in `{}:ID`", clipped(name), kind.one))
        }
        (None, _, Some(id)) => Ok(id),
        (None, _, None) => Err(none_now(kind, clipped(name))),
    }
}
