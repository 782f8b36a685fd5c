//! What the audit trail says of a restored backup, and the keys that are disabled with it.

use std::sync::Arc;

use bailiwick_domain::key::{Actor, Disabled, Key, KeyId, KeyKind};
use bailiwick_domain::name::Description;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::admission::By;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;

use crate::noun::KEY;

/// How many keys are read at once, and disabled in one transaction.
const KEYS_AT_ONCE: u32 = 200;

/// Notes in the audit trail that a backup was restored.
pub async fn note(control: &Arc<Control>, made_at: Timestamp) -> Result<()> {
    let cx = control.authorize(By::Server, &internal::RESTORED)?;
    let mut write = cx.write_internal().await?;
    write.audit(None, Vec::new(), Some(format!("the backup of {made_at} was restored"))).await?;
    write.commit().await
}

/// Disables every key except those of agents, whose machines would have to be enrolled anew, and withdraws the commands
/// that were given with them. Returns how many keys were disabled.
pub async fn disable_keys(control: &Arc<Control>, made_at: Timestamp) -> Result<u64> {
    let text = format!("it is in the backup of {made_at}, which was restored");
    let reason: Description = text.parse().map_err(|_| Error::internal("the reason is no description"))?;
    let cx = control.authorize(By::Server, &internal::RESTORED)?;
    let (mut after, mut count): (Option<KeyId>, u64) = (None, 0);
    loop {
        let found = cx.store().key_digests_after(after, KEYS_AT_ONCE).await?;
        let Some(last) = found.last() else { return Ok(count) };
        after = Some(last.key.id);
        let keys: Vec<Key> = found
            .into_iter()
            .map(|digests| digests.key)
            .filter(|key| key.kind != KeyKind::Agent && !is_disabled_for_good(key))
            .collect();
        let mut write = cx.write_internal().await?;
        for mut key in keys {
            let from = key.revision;
            let by = cx.actor();
            key.disabled = Some(Disabled { at: cx.now(), by, reason: Some(reason.clone()), until: None });
            cx.revise(from, &mut key.revision, &mut key.updated_at);
            write.tx().withdraw_commands_of(&Actor::Key { id: key.id }, None, cx.now()).await?;
            write.tx().keys(&Reach::EVERYTHING).update(&key, from).await?;
            write.audit(key.organization_id, vec![KEY.target(key.id)], Some(text.clone())).await?;
            count += 1;
        }
        write.commit().await?;
    }
}

fn is_disabled_for_good(key: &Key) -> bool {
    key.disabled.as_ref().is_some_and(|disabled| disabled.until.is_none())
}
