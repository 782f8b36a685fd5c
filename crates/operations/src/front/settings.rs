//! Show and change whether fronts are on.

use bailiwick_domain::front::{Front as Record, FrontAuthority};
use bailiwick_domain::port::Port;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::patch::Named;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::fronts::{StoredFront, front_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TAG, certificates, ids};
use crate::noun::ORGANIZATION;

/// Whether the agents of an organization serve the metrics of exporters, and how.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Front {
    /// Whether they do.
    enabled: bool,
    /// The port on which they listen.
    #[schemars(range(min = 1, max = u16::MAX), example = 9443)]
    port: u16,
    /// The authority that issues their certificates; null until they are first switched on.
    authority: Option<Authority>,
    /// When this was last changed; null if it never was.
    updated_at: Option<Timestamp>,
    /// How many times this was written; the number in the `ETag`.
    revision: Revision,
}

/// The authority that issues the certificates of fronts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FrontAuthority")]
struct Authority {
    /// The SHA-256 of its certificate, in hexadecimal.
    sha256: String,
    /// Until when its certificate is valid.
    expires_at: Timestamp,
}

impl From<&FrontAuthority> for Authority {
    fn from(authority: &FrontAuthority) -> Self {
        Self { sha256: authority.fingerprint(), expires_at: authority.expires_at }
    }
}

impl From<&Record> for Front {
    fn from(front: &Record) -> Self {
        Self {
            enabled: front.is_enabled,
            port: front.port,
            authority: front.authority.as_ref().map(Authority::from),
            updated_at: front.updated_at,
            revision: front.revision,
        }
    }
}

/// Show whether agents serve the metrics of exporters.
///
/// If they do, the agent of each node that has exporters listens on one HTTPS port, and passes requests for
/// `/metrics/AGENT` on to the exporter.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowFront {}

impl Operation for ShowFront {
    const SPEC: Spec = Spec::read(ids::FRONT_SHOW, "/v1/front").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Front) -> Option<Revision> = |front| Some(front.revision);
    type Output = Front;

    async fn run(self, cx: &Cx) -> Result<Front> {
        let organization = cx.organization_reach()?.organization;
        Ok((&front_of(cx.store(), organization).await?.front).into())
    }
}

/// Change whether agents serve the metrics of exporters.
///
/// Fields that are absent stay as they are. When this is first switched on, the organization gets a certificate
/// authority, which signs the certificates of its agents. `front.authority` answers its certificate, which those who
/// fetch the metrics must trust.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "enabled": true }]))]
pub(super) struct UpdateFront {
    /// Whether they do.
    #[serde(default)]
    enabled: Named<bool>,
    /// The port on which they listen.
    #[serde(default)]
    port: Named<Port>,
    /// Whether to replace the certificate authority, for example because its private key may have become known. Agents
    /// then get new certificates, and those who fetch the metrics must trust the new authority.
    #[serde(default)]
    renew_authority: Named<bool>,
}

impl Operation for UpdateFront {
    const SPEC: Spec = Spec::update(ids::FRONT_UPDATE, "/v1/front").tag(TAG).whole_organization().versioned();
    const REVISION: fn(&Front) -> Option<Revision> = |front| Some(front.revision);
    type Output = Front;

    async fn run(self, cx: &Cx) -> Result<Front> {
        let organization = cx.organization_reach()?.organization;
        let Self { enabled, port, renew_authority } = self;
        let mut write = cx.write().await?;
        // Two that change it at the same time must not undo each other's change.
        write.tx().lock_organization(organization).await?;
        let StoredFront { mut front, mut key } = front_of(write.tx(), organization).await?;
        cx.require_match(&Front::from(&front), front.revision)?;
        let now = cx.now();
        enabled.apply(&mut front.is_enabled);
        front.port = port.0.map_or(front.port, Port::get);
        let is_over = front.authority.as_ref().is_some_and(|authority| authority.expires_at <= now);
        let is_wanted = front.is_enabled && (front.authority.is_none() || is_over);
        if is_wanted || renew_authority.0 == Some(true) {
            let (authority, secret) =
                certificates::new_authority(organization, now).map_err(Error::internal)?;
            let place = FrontAuthority::place(organization);
            let peppers = cx.control().keyring().peppers();
            key = Some(peppers.seal(&place, &secret, cx.entropy()).map_err(Error::internal)?);
            front.authority = Some(authority);
        }
        front.revision = front.revision.next();
        front.updated_at = Some(now);
        let stored = StoredFront { front, key };
        write.tx().set_front(organization, &stored).await?;
        write.commit(vec![ORGANIZATION.target(organization)], Front::from(&stored.front)).await
    }
}
