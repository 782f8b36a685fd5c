//! What operations on objects of one node and a time have in common, such as those on annotations and rejects.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Dependant, Dependants, Effect, Error, Result};
use bailiwick_engine::noun::{Noun, readable};
use bailiwick_engine::shape::removal::Removal;
use bailiwick_store::Tx;
use bailiwick_store::of_nodes::{OfNode, OfNodes, Users};
use serde::Serialize;

/// Refuses a time that has not begun when it ends.
pub(crate) fn check_time(start: Timestamp, end: Option<Timestamp>) -> Result<()> {
    match end {
        Some(end) if end <= start => {
            Err(Error::invalid("end_at", format!("expected a time after {start}, found {end}")))
        }
        _ => Ok(()),
    }
}

/// Refuses an object if its node has as many of them as it may have.
pub(crate) async fn require_room<T: OfNode>(
    tx: &mut Tx,
    reach: &OrganizationReach,
    noun: Noun,
    node: NodeId,
    most: i64,
) -> Result<()> {
    if OfNodes::<_, T>::new(tx, reach).count(node).await? < most {
        return Ok(());
    }
    let (one, many) = (noun.one, noun.many);
    Err(Error::invalid("", format!("a node can have at most {most} {many}; delete a {one} first")))
}

/// Locks the object's node, and refuses the object if its time overlaps with that of another one.
pub(crate) async fn require_free<T: OfNode>(
    tx: &mut Tx,
    reach: &OrganizationReach,
    noun: Noun,
    object: &T,
    (start, end): (Timestamp, Option<Timestamp>),
) -> Result<()> {
    tx.lock_node(reach.organization, object.node()).await?;
    match OfNodes::<_, T>::new(tx, reach).overlapping(object, start, end).await? {
        Some(other) => Err(Error::Overlaps { noun: noun.one, other: other.id().to_string() }),
        None => Ok(()),
    }
}

/// Deletes an object, or answers what would be deleted. `named` gives what it is called in the answer.
pub(crate) async fn remove<T: OfNode + Serialize>(
    cx: &Cx,
    noun: Noun,
    id: T::Id,
    dry_run: Option<bool>,
    named: fn(&T) -> String,
) -> Result<Removal> {
    let reach = cx.organization_reach()?;
    if dry_run.unwrap_or_default() {
        let object = noun.found(OfNodes::<_, T>::new(cx.store(), &reach).get(id).await?, id)?;
        return Ok(noun.removal(cx, Dependant::new(id, named(&object)), Vec::new(), true));
    }
    let mut write = cx.write().await?;
    let mut objects = OfNodes::<_, T>::new(write.tx(), &reach);
    let object = noun.found(objects.get(id).await?, id)?;
    cx.require_match(&object, object.revision())?;
    objects.delete(&object).await?;
    let removed = Dependant::new(id, named(&object));
    write.commit(vec![noun.target(id)], noun.removal(cx, removed, Vec::new(), false)).await
}

/// Refuses the deletion of what objects of nodes refer to.
pub(crate) fn require_unused(cx: &Cx, noun: Noun, users: Users) -> Result<()> {
    if users.count == 0 {
        return Ok(());
    }
    let items = users.first.into_iter().map(|(id, start)| Dependant::new(id, start)).collect();
    let users = Dependants { noun: noun.many, effect: Effect::Prevents, count: users.count, items };
    Err(Error::InUse(readable(cx, vec![users])))
}
