//! The chain of hashes of the audit trail: whether every entry follows from the one before it.

use bailiwick_domain::audit::{EntryHash, Outcome};
use bailiwick_store::audit::ChainHead;
use bailiwick_store::{Error, Result, Store};

use crate::ids;

/// How many entries are read per query.
const ENTRIES_AT_ONCE: u32 = 1_000;

/// The first fault of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The number of the first entry that does not follow from the one before it.
    pub number: i64,
    /// What is wrong there.
    pub problem: &'static str,
}

/// What the trail says of a cut.
pub(crate) fn cut_note(number: i64, hash: EntryHash) -> String {
    format!("entries up to {number} were cut off, the last with hash {hash}")
}

/// Checks a chain up to its head. `None` if it is intact.
pub async fn broken_at(store: &Store, head: &ChainHead) -> Result<Option<Broken>> {
    let at = |number, problem| Ok(Some(Broken { number, problem }));
    let (mut number, mut hash) = (head.cut, head.cut_hash);
    // `audit.cut` leaves an entry that names the cut. Without that entry, the chain was cut in another way.
    let mut is_cut_told = head.cut == 0;
    let mut at_once = ENTRIES_AT_ONCE;
    'chain: while number < head.number {
        let entries = match store.audit_after(head.organization, number, at_once).await {
            // One of them cannot be read: which one, is found by reading one at a time.
            Err(Error::Corrupt { .. }) if at_once > 1 => {
                at_once = 1;
                continue;
            }
            Err(Error::Corrupt { .. }) => {
                return at(number + 1, "the entry cannot be read: it was changed");
            }
            entries => entries?,
        };
        if entries.is_empty() {
            return at(number + 1, "entries are missing at the end");
        }
        let wrong_target = store.audit_targets_wrong_at(head.organization, &entries).await?;
        for entry in entries {
            // The chain may have grown since its head was read.
            if entry.number > head.number {
                break 'chain;
            }
            if entry.number != number + 1 {
                return at(number + 1, "an entry is missing");
            }
            if !entry.follows(number, hash) {
                return at(entry.number, "this entry or the one before it was changed");
            }
            if wrong_target == Some(entry.number) {
                return at(entry.number, "the index of targets does not match the targets of the entry");
            }
            is_cut_told |= ids::AUDIT_CUT == &*entry.event.operation
                && entry.event.outcome == Outcome::Allowed
                && entry.event.reason.as_deref() == Some(&*cut_note(head.cut, head.cut_hash));
            (number, hash) = (entry.number, entry.hash);
        }
    }
    if hash != head.hash {
        return at(head.number, "the last entry does not match the recorded end of the chain");
    }
    if !is_cut_told {
        return at(
            head.cut + 1,
            "the entries before this one were cut off, and no entry of audit.cut records it",
        );
    }
    Ok(None)
}
