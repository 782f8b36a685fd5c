//! What changes that servers hold in memory.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::KeyId;

/// Something changed that servers hold in memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A key was created, changed or deleted.
    Key(KeyId),
    /// An organization was created, changed or deleted; if deleted, with all its keys.
    Organization(OrganizationId),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Organization(id) => write!(f, "organization:{id}"),
        }
    }
}

impl FromStr for Change {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("key", id)) => id.parse().map(Self::Key).map_err(|_| ()),
            Some(("organization", id)) => id.parse().map(Self::Organization).map_err(|_| ()),
            _ => Err(()),
        }
    }
}
