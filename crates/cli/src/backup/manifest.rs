//! What is in a backup: the first file of an archive, which says what the others must be.

use bailiwick_domain::audit::EntryHash;
use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::time::Timestamp;
use bailiwick_store::audit::ChainHead;
use bailiwick_store::{Engine, Migrations};
use serde::{Deserialize, Serialize};

/// The name of the file in the archive.
pub(crate) const MANIFEST: &str = "manifest.json";
/// What `format` says.
const FORMAT: &str = "bailiwick-backup";
/// The version of the format that is written here. `docs/guides/backup.md` describes it.
const FORMAT_VERSION: u32 = 1;
/// The most bytes of a manifest.
pub(crate) const MANIFEST_MAX: u64 = 4 << 20;

/// The SQLite database of the control plane.
pub(crate) const DATABASE: &str = "bailiwick.db";
/// The SQLite database of observations.
pub(crate) const OBSERVATIONS: &str = "observations.db";
/// The dump of a PostgreSQL database.
pub(crate) const DUMP: &str = "database.dump";
/// The peppers.
pub(crate) const PEPPERS: &str = "peppers";
/// The files of the data directory, apart from the databases and the peppers.
pub(crate) const OF_DATA: [&str; 4] =
    ["tls/certificate.pem", "tls/private-key.pem", "agent/identity.json", "agent/credential.json"];
/// The configuration, and the certificate and private key that it names.
pub(crate) const CONFIGURATION: [&str; 3] =
    ["configuration/bailiwick.yml", "configuration/certificate.pem", "configuration/private-key.pem"];

/// Whether a backup can have a file with this name.
fn is_known(name: &str) -> bool {
    [DATABASE, OBSERVATIONS, DUMP, PEPPERS].contains(&name)
        || OF_DATA.contains(&name)
        || CONFIGURATION.contains(&name)
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    /// It is not that of a backup.
    #[error("it is not an archive of `bailiwick backup`: its {MANIFEST} is {0}")]
    Form(String),
    /// It is of a later version of the format.
    #[error(
        "the archive has the format {found}, and this program reads only {FORMAT_VERSION}: use the version of Bailiwick that made it, or a later one"
    )]
    Version {
        /// The version.
        found: u64,
    },
}

/// What is in a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    format_version: u32,
    /// The version of the program that made it.
    pub(crate) program: String,
    /// When the backup began.
    pub(crate) made_at: Timestamp,
    /// The database.
    pub(crate) database: Database,
    /// The other files, in the order of the archive.
    pub(crate) files: Vec<File>,
}

/// A file of the archive.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// Its name.
    pub(crate) name: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub(crate) sha256: String,
}

/// The kind of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgresql,
}

impl Kind {
    /// The kind, for people.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
        }
    }
}

impl From<Engine> for Kind {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => Self::Postgresql,
        }
    }
}

/// The database of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// Its kind.
    pub(crate) kind: Kind,
    /// The number of its last migration.
    pub(crate) migration: i64,
    /// The number of the last migration of the tables of observations.
    pub(crate) observation_migration: i64,
    /// The last entries of the chains of the audit trail: with SQLite those of the copy; with PostgreSQL those from just
    /// before the dump, which may have later ones.
    pub(crate) audit: Vec<Head>,
}

impl Database {
    pub(crate) fn new(kind: Kind, made: Migrations, heads: &[ChainHead]) -> Self {
        let audit = heads.iter().map(|head| Head {
            organization_id: head.organization,
            entries: head.number,
            head: head.hash,
        });
        Self {
            kind,
            migration: made.control_plane,
            observation_migration: made.observations,
            audit: audit.collect(),
        }
    }

    /// How many entries the audit trail has, in all chains.
    pub(crate) fn entries(&self) -> i64 {
        self.audit.iter().map(|head| head.entries).sum()
    }
}

/// The last entry of a chain of the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// The organization; null for the server as a whole.
    pub(crate) organization_id: Option<OrganizationId>,
    /// The number of the entry.
    pub(crate) entries: i64,
    /// Its hash.
    pub(crate) head: EntryHash,
}

impl Manifest {
    pub(crate) fn new(program: String, made_at: Timestamp, database: Database, files: Vec<File>) -> Self {
        Self { format: FORMAT.to_owned(), format_version: FORMAT_VERSION, program, made_at, database, files }
    }

    /// Reads a manifest.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let form = |error: serde_json::Error| ManifestError::Form(error.to_string());
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(form)?;
        if value["format"] != FORMAT {
            return Err(ManifestError::Form("that of something else".to_owned()));
        }
        match value["format_version"].as_u64() {
            Some(found) if found == u64::from(FORMAT_VERSION) => {}
            found => return Err(ManifestError::Version { found: found.unwrap_or_default() }),
        }
        let manifest: Self = serde_json::from_value(value).map_err(form)?;
        for (n, file) in manifest.files.iter().enumerate() {
            let is_twice = manifest.files[..n].iter().any(|other| other.name == file.name);
            if is_twice || !is_known(&file.name) {
                return Err(ManifestError::Form(format!("wrong: it must not name the file {}", file.name)));
            }
        }
        let databases: &[&str] = match manifest.database.kind {
            Kind::Sqlite => &[DATABASE, OBSERVATIONS],
            Kind::Postgresql => &[DUMP],
        };
        for name in databases.iter().chain([&PEPPERS]) {
            if !manifest.has(name) {
                return Err(ManifestError::Form(format!("incomplete: it does not name the file {name}")));
            }
        }
        Ok(manifest)
    }

    /// Whether the archive has a file.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file.name == name)
    }

    /// The bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn manifest() -> Value {
        let files =
            [DATABASE, OBSERVATIONS, PEPPERS].map(|name| json!({ "name": name, "size": 1, "sha256": "" }));
        json!({
            "format": FORMAT, "format_version": 1, "program": "0.1.0", "made_at": "2030-01-31T08:00:00Z",
            "database": { "kind": "sqlite", "migration": 1, "observation_migration": 1, "audit": [] },
            "files": files,
        })
    }

    fn refusal(change: impl FnOnce(&mut Value)) -> String {
        let mut value = manifest();
        change(&mut value);
        Manifest::parse(value.to_string().as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_manifest_is_refused_with_the_reason() {
        assert_eq!(Manifest::parse(manifest().to_string().as_bytes()).unwrap().bytes(), 3);
        assert!(Manifest::parse(b"{").unwrap_err().to_string().contains("not an archive"));
        assert!(refusal(|m| m["format"] = "x".into()).contains("something else"));
        assert!(refusal(|m| m["format_version"] = 2.into()).contains("the format 2"));
        assert!(refusal(|m| m["files"][0]["name"] = "../bailiwick.db".into()).contains("must not name"));
        assert!(refusal(|m| m["files"][0]["name"] = PEPPERS.into()).contains("must not name"));
        assert!(refusal(|m| m["files"] = json!([])).contains("does not name the file bailiwick.db"));
    }
}
