//! The only module that appends entries to the audit trail. What operations change and what was
//! refused both go through [`append`], so that nothing else decides what an entry says.

use bailiwick_domain::audit::Event;
use bailiwick_store::Tx;

use crate::error::Result;

/// Appends an entry to the audit trail. It becomes permanent with the transaction.
pub(crate) async fn append(tx: &mut Tx, event: Event) -> Result<()> {
    Ok(tx.append_audit(event).await?)
}
