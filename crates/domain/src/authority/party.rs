//! Parties: keys, people, organizations and networks, each with a share of the server's places, memory and
//! database connections.

use crate::authority::attempt::ClientNetwork;
use crate::authority::key::KeyId;
use crate::id::{OrganizationId, UserId};

/// One that has a share of the resources that requests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A key.
    Key(KeyId),
    /// A person who is logged in.
    Person(UserId),
    /// An organization: all its keys and members together.
    Organization(OrganizationId),
    /// A network from which requests without a credential come.
    Network(ClientNetwork),
    /// Everybody without a credential, whatever their network.
    Strangers,
}

/// The parties that a request is charged to: the caller, and the organization that the request is
/// about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// A key, a person or a network.
    pub caller: Party,
    /// The organization, if there is one.
    pub organization: Option<Party>,
}

impl Parties {
    /// Iterates over the parties: the caller, then the organization if there is one.
    pub fn iter(&self) -> impl Iterator<Item = Party> {
        [Some(self.caller), self.organization].into_iter().flatten()
    }
}
