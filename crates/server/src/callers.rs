//! Which kinds of callers a port of the server admits.

use bailiwick_engine::shape::spec::Access;

/// The kinds of callers that a port of the server admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Programs with keys, and people with sessions.
    All,
    /// Programs with keys only: logging in is not possible.
    Keys,
}

impl Callers {
    pub(crate) const fn may_call(self, access: Access) -> bool {
        match self {
            Self::All => true,
            Self::Keys => !matches!(access, Access::ByProof | Access::Person),
        }
    }
}
