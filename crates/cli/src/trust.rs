//! The certificates that a server is trusted with.

use std::path::Path;

use anyhow::Context as _;
use bailiwick_agent::trust::{exactly, only_in};
use reqwest::ClientBuilder;
use serde::{Deserialize, Serialize};

/// The certificates that a server is trusted with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Trust {
    /// Those of the issuers that this machine trusts.
    System,
    /// These certificates, and those that they issued.
    Issuers {
        /// The certificates in PEM.
        pem: String,
    },
    /// Exactly one of these, under any name: for a server of this machine.
    Exactly {
        /// The certificates in PEM.
        pem: String,
    },
    /// Any, without verification.
    Any,
}

impl Trust {
    /// The issuers in a file.
    pub(crate) fn issuers(path: &Path) -> anyhow::Result<Self> {
        let pem = std::fs::read(path).with_context(|| path.display().to_string())?;
        Self::issuers_in(&pem, path)
    }

    /// The issuers in the content of a file. `path` is for errors.
    pub(crate) fn issuers_in(pem: &[u8], path: &Path) -> anyhow::Result<Self> {
        only_in(pem, path)?;
        Ok(Self::Issuers { pem: String::from_utf8_lossy(pem).into_owned() })
    }

    /// Exactly one of the certificates in the content of a file. `path` is for errors.
    pub(crate) fn exactly_in(pem: &[u8], path: &Path) -> anyhow::Result<Self> {
        exactly(pem, path)?;
        Ok(Self::Exactly { pem: String::from_utf8_lossy(pem).into_owned() })
    }

    /// Lets a client trust only these.
    pub(crate) fn apply(&self, builder: ClientBuilder) -> anyhow::Result<ClientBuilder> {
        let stored = Path::new("the certificate of the session");
        Ok(match self {
            Self::System => builder,
            Self::Issuers { pem } => builder.tls_backend_preconfigured(only_in(pem.as_bytes(), stored)?),
            Self::Exactly { pem } => builder.tls_backend_preconfigured(exactly(pem.as_bytes(), stored)?),
            Self::Any => builder.tls_danger_accept_invalid_certs(true),
        })
    }
}
