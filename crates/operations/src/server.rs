//! The server itself: its version, and whether it is ready.

use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::{Erased, Operation, erase};
use bailiwick_engine::shape::spec::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids;

pub(crate) const OPERATIONS: &[Erased] = &[erase::<Version>(), erase::<Ready>()];

/// Show the server's version.
///
/// `server` and `managed` are for scripts that were written for Percona PMM.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Version {}

/// The server's version.
#[derive(Serialize, JsonSchema)]
struct VersionInfo {
    /// The version of Bailiwick.
    #[schemars(example = &"0.1.0")]
    version: &'static str,
    /// The version in the form in which Percona PMM shows its server.
    server: ComponentVersion,
    /// The version in the form in which Percona PMM shows its management component.
    managed: ComponentVersion,
}

/// The version of a component.
#[derive(Clone, Serialize, JsonSchema)]
struct ComponentVersion {
    /// The version.
    #[schemars(example = &"0.1.0")]
    version: &'static str,
    /// The version with the commit that it was built from.
    #[schemars(example = &"0.1.0+1a2b3c4")]
    full_version: String,
    /// When that commit was made, or the program was built.
    timestamp: Timestamp,
}

impl Operation for Version {
    const SPEC: Spec = Spec::read(ids::SERVER_VERSION, "/v1/version").any_key();
    type Output = VersionInfo;

    async fn run(self, cx: &Cx) -> Result<VersionInfo> {
        let build = cx.control().build();
        let component = ComponentVersion {
            version: build.version,
            full_version: build.full_version.clone(),
            timestamp: build.timestamp,
        };
        Ok(VersionInfo { version: build.version, server: component.clone(), managed: component })
    }
}

/// Ask whether the server is ready.
///
/// For load balancers and probes. Answers 200 if the server can do its work, otherwise 503 with a
/// `reason`: `database_away`, `database_read_only`, `database_rights`, `disk_full`, `clocks_differ` or
/// `stopping`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ready {}

/// The answer of a server that is ready.
#[derive(Serialize, JsonSchema)]
struct Readiness {
    /// Always true: a server that is not ready answers 503.
    ready: bool,
}

impl Operation for Ready {
    const SPEC: Spec = Spec::read(ids::SERVER_READY, "/v1/readyz").open();
    type Output = Readiness;

    async fn run(self, cx: &Cx) -> Result<Readiness> {
        match cx.control().trouble() {
            None => Ok(Readiness { ready: true }),
            Some(trouble) => Err(Error::NotReady(trouble)),
        }
    }
}
