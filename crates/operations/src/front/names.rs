//! The names that a node's front gets a certificate for.

use bailiwick_domain::address::Address;
use bailiwick_domain::front_name::FrontName;
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::node::Node;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::Result;
use bailiwick_store::Run;
use bailiwick_store::front_names::{FrontNameHolder, holders_of, names_of_others};

/// How much longer than a certificate its names are held, in seconds. An agent that asks again within that time causes no
/// write.
const HELD_LONGER_SECONDS: i64 = 3_600;

/// The names under which a front is reached: what the inventory knows of the node, and nothing that its agent reports later.
/// A text that has the form of an id is left out, unless it is the node's own id.
pub(super) fn wanted(node: &Node) -> Vec<FrontName> {
    let id = node.id.to_string();
    let known = [Some(node.name.as_str()), node.address.as_ref().map(Address::as_str), Some(id.as_str())];
    let mut names: Vec<FrontName> = Vec::new();
    for name in known.into_iter().flatten().filter_map(FrontName::of) {
        let is_own = name.as_id().is_none_or(|id| id == node.id.as_uuid());
        if is_own && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Why a name is left out of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Another node has a certificate for it, which is valid until then.
    Held(Timestamp),
    /// Another node has it as its name or address, and neither has a certificate for it.
    Shared,
}

/// The names of a certificate.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) names: Vec<FrontName>,
    pub(super) left_out: Vec<(FrontName, Why)>,
    /// Until when the node holds all of `names` already; `None` if it does not hold all of them.
    held_until: Option<Timestamp>,
}

impl Granted {
    /// What the agent reports of the names that were left out; `None` if there are none.
    pub(super) fn note(&self) -> Option<String> {
        let names: Vec<String> = self.left_out.iter().map(|(name, _)| name.to_string()).collect();
        let (_, why) = self.left_out.first()?;
        let why = match why {
            Why::Held(until) => {
                format!("another node has a certificate for a name or address of this node until {until}")
            }
            Why::Shared => {
                "another node has a name or address of this node as its name or address too".to_owned()
            }
        };
        // The names come last: the report of an agent is cut to its length.
        Some(format!("{why}, so the certificate leaves out {}", names.join(", ")))
    }
}

/// Decides which names a node gets. The node that holds a name keeps it while its certificate is valid. A name that nobody
/// holds is given only to the one node that has it.
async fn decide<R: Run>(
    mut run: R,
    organization: OrganizationId,
    node: NodeId,
    wanted: &[FrontName],
    now: Timestamp,
) -> Result<Granted> {
    let holders = holders_of(&mut run, organization, wanted, now).await?;
    let of_others = names_of_others(&mut run, organization, node, wanted).await?;
    let mut granted = Granted::default();
    let mut held_until: Vec<Option<Timestamp>> = Vec::new();
    for name in wanted {
        let why = match holders.get(name) {
            Some(holder) if holder.node == node => None,
            Some(holder) => Some(Why::Held(holder.until)),
            None => of_others.contains(name).then_some(Why::Shared),
        };
        match why {
            Some(why) => granted.left_out.push((name.clone(), why)),
            None => {
                held_until.push(holders.get(name).map(|holder| holder.until));
                granted.names.push(name.clone());
            }
        }
    }
    // None comes first.
    granted.held_until = held_until.into_iter().min().flatten();
    Ok(granted)
}

/// Decides which names a node gets, and notes that it holds them until the certificate expires. `until` says when that is, for
/// a certificate with all names, or without some.
pub(super) async fn grant(
    control: &Control,
    organization: OrganizationId,
    node: &Node,
    now: Timestamp,
    until: impl Fn(&Granted) -> Timestamp,
) -> Result<Granted> {
    let wanted = wanted(node);
    let granted = decide(control.store(), organization, node.id, &wanted, now).await?;
    if granted.held_until.is_some_and(|held| held >= until(&granted)) {
        return Ok(granted);
    }
    let mut tx = control.store().begin().await?;
    // Two nodes that ask for one name at the same time must not both get it.
    tx.lock_organization(organization).await?;
    let granted = decide(&mut tx, organization, node.id, &wanted, now).await?;
    let until = until(&granted).plus_seconds(HELD_LONGER_SECONDS);
    let holder = FrontNameHolder { node: node.id, until };
    tx.hold_front_names(organization, &granted.names, holder, now).await?;
    tx.commit().await?;
    Ok(granted)
}
