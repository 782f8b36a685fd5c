//! What a restore undoes: the audit trail and the keys of a backup, compared with those of the data that it replaces.

use std::collections::BTreeMap;

use bailiwick_domain::key::{KeyDigests, KeyId, KeyKind, KeyStatus};
use bailiwick_domain::time::Timestamp;
use bailiwick_store::Store;
use serde::Serialize;

use crate::backup::check::hash_at;
use crate::backup::manifest::Manifest;

/// How many keys are read at once.
const KEYS_AT_ONCE: u32 = 1_000;

/// How the audit trail of a backup relates to that of the data in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Age {
    /// The data have everything that is in the backup, and nothing more.
    Same,
    /// The data have this many entries more.
    Older(i64),
    /// The backup has entries that the data do not have.
    Newer,
    /// Neither follows from the other.
    Other,
}

impl Age {
    /// What it means for the data, as the beginning of a message.
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Same => "the data there are the same as in the backup".to_owned(),
            Self::Older(1) => {
                "the backup is older than the data there: 1 audit entry would be undone".to_owned()
            }
            Self::Older(entries) => {
                format!("the backup is older than the data there: {entries} audit entries would be undone")
            }
            Self::Newer => "the data there are older than the backup".to_owned(),
            Self::Other => {
                "the data there are those of another server, or went another way since the backup".to_owned()
            }
        }
    }
}

/// Compares the audit trail of a backup with that of a database.
pub(crate) async fn age(manifest: &Manifest, data: &Store) -> anyhow::Result<Age> {
    let heads = data.audit_heads(None).await?;
    let (mut more, mut less) = (0, false);
    for head in &heads {
        let said = manifest.database.audit.iter().find(|said| said.organization_id == head.organization);
        more += (head.number - said.map_or(0, |said| said.entries)).max(0);
    }
    for said in manifest.database.audit.iter().filter(|said| said.entries > 0) {
        match heads.iter().find(|head| head.organization == said.organization_id) {
            None => less = true,
            Some(head) if head.number < said.entries => less = true,
            // What was cut off cannot be compared.
            Some(head) if head.cut >= said.entries => {}
            Some(head) => {
                if hash_at(data, head.organization, said.entries).await? != Some(said.head) {
                    return Ok(Age::Other);
                }
            }
        }
    }
    Ok(match (more, less) {
        (0, false) => Age::Same,
        (more, false) => Age::Older(more),
        (0, true) => Age::Newer,
        (_, true) => Age::Other,
    })
}

/// What a restore does to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Undone {
    /// It was deleted since, and works again.
    Deleted,
    /// It was disabled since, and works again.
    Disabled,
    /// It was rotated since: its old secret works again, and its new one does not.
    Rotated,
    /// It was changed since, and has its former rights again.
    Changed,
    /// It was made since, and is unknown afterwards.
    Made,
}

impl Undone {
    /// What happened since the backup, for people.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted since",
            Self::Disabled => "disabled since",
            Self::Rotated => "rotated since",
            Self::Changed => "changed since",
            Self::Made => "made since",
        }
    }

    /// What it means, for people.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::Deleted | Self::Disabled => "it works again",
            Self::Rotated => "its old secret works again, its new one does not",
            Self::Changed => "it has its former rights and limits again",
            Self::Made => "it is unknown",
        }
    }
}

/// A key that a restore affects.
#[derive(Debug, Serialize)]
pub(crate) struct AffectedKey {
    /// Its id.
    pub(crate) id: KeyId,
    /// Its name.
    pub(crate) name: String,
    /// Its kind.
    pub(crate) kind: KeyKind,
    /// What is undone.
    pub(crate) undone: Undone,
}

/// Every key of a database, by its id.
pub(crate) async fn keys(store: &Store) -> anyhow::Result<BTreeMap<KeyId, KeyDigests>> {
    let (mut keys, mut after) = (BTreeMap::new(), None);
    loop {
        let found = store.key_digests_after(after, KEYS_AT_ONCE).await?;
        let Some(last) = found.last() else { return Ok(keys) };
        after = Some(last.key.id);
        keys.extend(found.into_iter().map(|digests| (digests.key.id, digests)));
    }
}

/// The keys that work in a backup and were taken away or changed in the data that it replaces, and those made since.
pub(crate) fn affected(
    backup: &BTreeMap<KeyId, KeyDigests>,
    data: &BTreeMap<KeyId, KeyDigests>,
    now: Timestamp,
) -> Vec<AffectedKey> {
    let works =
        |digests: &KeyDigests| !matches!(digests.key.status(now), KeyStatus::Disabled | KeyStatus::Expired);
    let affected = |digests: &KeyDigests, undone| AffectedKey {
        id: digests.key.id,
        name: digests.key.name.to_string(),
        kind: digests.key.kind,
        undone,
    };
    let mut found = Vec::new();
    for (id, old) in backup.iter().filter(|(_, old)| works(old)) {
        let undone = match data.get(id) {
            None => Undone::Deleted,
            Some(new) if !works(new) => Undone::Disabled,
            Some(new) if rotated(old, new) => Undone::Rotated,
            Some(new) if new.key.revision != old.key.revision => Undone::Changed,
            Some(_) => continue,
        };
        found.push(affected(old, undone));
    }
    let made = data.iter().filter(|(id, new)| !backup.contains_key(*id) && works(new));
    found.extend(made.map(|(_, new)| affected(new, Undone::Made)));
    found
}

/// Whether a key got another secret. A digest under another pepper may be that of the same secret, but then the key has
/// the same revision.
fn rotated(old: &KeyDigests, new: &KeyDigests) -> bool {
    new.current != old.current && new.key.revision != old.key.revision
}
