//! Parties: those who share the server's places, memory and database connections.

use crate::attempt::ClientNetwork;
use crate::id::{OrganizationId, UserId};
use crate::key::KeyId;

/// Somebody who has a share of what requests use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// A key.
    Key(KeyId),
    /// A person who is logged in.
    Person(UserId),
    /// An organization: all its keys and people together.
    Organization(OrganizationId),
    /// A network from which somebody asks who has no credential.
    Network(ClientNetwork),
}

/// Those who answer for one request: the caller, and the organization that the request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parties {
    /// A key, a person or a network.
    pub caller: Party,
    /// The organization, if there is one.
    pub organization: Option<Party>,
}

impl Parties {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Party> {
        [Some(self.caller), self.organization].into_iter().flatten()
    }
}
