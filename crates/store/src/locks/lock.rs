//! Advisory locks of PostgreSQL, and the order in which they are taken.

/// What an advisory lock is for. Locks are taken in this order: the rights of many before those of one. A
/// transaction that takes a user's or a role's rights away also ends keys and sessions, which it knows only
/// later. In this order it does not wait for a transaction that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Everybody,
    Organization,
    Role,
    User,
    Session,
    Key,
}

/// An advisory lock. Locks are ordered as they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lock {
    pub(crate) rank: Rank,
    /// The lock's number in PostgreSQL.
    pub(crate) number: i64,
}

/// The lock that every writer shares. A transaction that changes very many rights holds it exclusively.
pub(crate) const EVERYBODY: Lock = Lock { rank: Rank::Everybody, number: 0 };

impl Lock {
    /// The lock of an object, which `text` names. Its number is a 64-bit FNV-1a hash of the text. If two
    /// locks collide, their transactions merely wait for each other.
    pub(crate) fn new(rank: Rank, text: &str) -> Self {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { rank, number: i64::from_ne_bytes(hash.to_ne_bytes()) }
    }
}
