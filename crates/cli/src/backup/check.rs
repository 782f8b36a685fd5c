//! Checks the database of a backup: whether it is damaged, its audit trail is intact, and the peppers fit.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use bailiwick_domain::audit::EntryHash;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::Peppers;
use bailiwick_engine::outside::SystemClock;
use bailiwick_operations::audit_chain::broken_at;
use bailiwick_server::data;
use bailiwick_server::ground::require_peppers;
use bailiwick_store::{DatabaseUrl, Databases, SchemaState, Store};

use super::manifest::{DATABASE, Manifest};

/// How many connections are made to a database.
const CONNECTIONS: u32 = 2;

/// The peppers of an unpacked archive.
pub(crate) fn peppers(directory: &Path) -> anyhow::Result<Peppers> {
    data::peppers_in(directory)?.context("the archive has no peppers")
}

/// Opens the SQLite files of an unpacked archive, checks them, and migrates them to this version.
pub(crate) async fn open_files(manifest: &Manifest, directory: &Path) -> anyhow::Result<Databases> {
    let url = DatabaseUrl::Sqlite(directory.join(DATABASE));
    let databases = Databases::connect(&url, CONNECTIONS).await?;
    let checked = async {
        let faults = databases.faults().await.context("the copy of the database is damaged")?;
        ensure!(faults.is_empty(), "the copy of the database is damaged: {}", faults.join("; "));
        let made = databases.migrations().await?;
        let said = &manifest.database;
        ensure!(
            (made.control_plane, made.observations) == (said.migration, said.observation_migration),
            "the database has other migrations than the manifest says"
        );
        require_known(manifest, &databases)?;
        make_current(manifest, &databases).await
    };
    match checked.await {
        Ok(()) => Ok(databases),
        Err(error) => {
            databases.close().await;
            Err(error)
        }
    }
}

/// Refuses a database that a later version of the program has migrated.
pub(crate) fn require_known(manifest: &Manifest, databases: &Databases) -> anyhow::Result<()> {
    let (said, known) = (&manifest.database, databases.known_migrations());
    if said.migration > known.control_plane || said.observation_migration > known.observations {
        later(manifest)?;
    }
    Ok(())
}

fn later(manifest: &Manifest) -> anyhow::Result<()> {
    bail!(
        "the database in the archive is newer than this program: it was migrated by version {} or later. Use that version",
        manifest.program
    )
}

/// Migrates a database to this version.
pub(crate) async fn make_current(manifest: &Manifest, databases: &Databases) -> anyhow::Result<()> {
    match databases.schema_state().await? {
        SchemaState::Current => Ok(()),
        SchemaState::Ahead => later(manifest),
        SchemaState::Behind(_) => Ok(databases.migrate().await?),
    }
}

/// Checks the content of a database that has this version's schema.
pub(crate) async fn check(
    manifest: &Manifest,
    databases: &Databases,
    peppers: &Peppers,
) -> anyhow::Result<()> {
    let store = &databases.store;
    let heads = store.audit_heads(None).await?;
    for head in &heads {
        if let Some(broken) = broken_at(store, head).await? {
            bail!(
                "the audit trail of {} is not intact: entry {}: {}",
                chain(head.organization),
                broken.number,
                broken.problem
            );
        }
    }
    for said in &manifest.database.audit {
        let hash = hash_at(store, said.organization_id, said.entries).await?;
        ensure!(
            said.entries == 0 || hash == Some(said.head),
            "the audit trail of {} has no entry {} with the hash that the manifest says",
            chain(said.organization_id),
            said.entries
        );
    }
    require_peppers(databases, peppers, &SystemClock).await.context("the archive's peppers")?;
    Ok(())
}

/// A chain of the audit trail, for people.
fn chain(organization: Option<OrganizationId>) -> String {
    organization.map_or_else(|| "the server".to_owned(), |id| format!("the organization {id}"))
}

/// The hash of an entry of the audit trail; `None` if there is no such entry.
pub(crate) async fn hash_at(
    store: &Store,
    organization: Option<OrganizationId>,
    number: i64,
) -> anyhow::Result<Option<EntryHash>> {
    let found = store.audit_after(organization, number - 1, 1).await?;
    Ok(found.first().filter(|entry| entry.number == number).map(|entry| entry.hash))
}
