//! Who calls a listener.

use bailiwick_operations::spec::Access;

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Programs with keys, and people with sessions.
    All,
    /// Programs with keys only: there is no logging in.
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
