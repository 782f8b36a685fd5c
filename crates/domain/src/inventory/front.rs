//! Fronts: on each node one HTTPS port, on which the node's agent serves the metrics of the exporters that it keeps
//! running.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::OrganizationId;
use crate::port::Port;
use crate::revision::Revision;
use crate::text::hidden::is_hidden;
use crate::time::Timestamp;

/// The port of fronts, unless another one is chosen.
pub const FRONT_PORT: u16 = 9_443;
/// How long a certificate of a front is valid, in seconds: 30 days.
pub const CERTIFICATE_SECONDS: i64 = 30 * 86_400;
/// The most characters of an error that an agent reports of its front.
const ERROR_MAX: usize = 255;

/// How an organization serves the metrics of its exporters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    /// Whether its agents do so.
    pub is_enabled: bool,
    /// The port on which they listen.
    pub port: u16,
    /// The certificate authority; `None` until fronts are first switched on.
    pub authority: Option<FrontAuthority>,
    /// How many times this was written.
    pub revision: Revision,
    /// When it was last written; `None` if it never was.
    pub updated_at: Option<Timestamp>,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            is_enabled: false,
            port: FRONT_PORT,
            authority: None,
            revision: Revision::FIRST,
            updated_at: None,
        }
    }
}

/// The certificate of the authority that issues the certificates of an organization's fronts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontAuthority {
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// Until when it is valid.
    pub expires_at: Timestamp,
}

impl FrontAuthority {
    /// The SHA-256 of the certificate, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        Sha256::digest(&self.certificate).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The text for which an authority's private key is [sealed](crate::key::Peppers::seal).
    pub fn place(organization: OrganizationId) -> String {
        format!("front/{organization}/authority")
    }
}

/// What an agent reports of its front.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FrontState")]
pub struct FrontState {
    /// The port.
    pub port: Port,
    /// Whether the agent listens on it.
    pub listens: bool,
    /// When its certificate expires; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_expires_at: Option<Timestamp>,
    /// What is wrong; absent if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

impl FrontState {
    /// Cuts the error to its length and removes control and hidden characters.
    pub(crate) fn bound(&mut self) {
        let clean = |text: String| -> String {
            text.chars().filter(|c| !c.is_control() && !is_hidden(*c)).take(ERROR_MAX).collect()
        };
        self.last_error = self.last_error.take().map(clean).filter(|text| !text.is_empty());
    }
}
