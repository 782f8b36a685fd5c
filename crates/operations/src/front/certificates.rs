//! The certificate authority of an organization's fronts, and the certificates that it issues.

use std::time::Duration;

use bailiwick_domain::front::{CERTIFICATE_SECONDS, Front, FrontAuthority};
use bailiwick_domain::front_name::FrontName;
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::node::Node;
use bailiwick_domain::outside::Entropy;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::fronts::{StoredFront, front_of};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber, date_time_ymd,
};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::names::{self, Granted};
use super::{TAG, ids};

/// How long an authority is valid, in seconds: ten years.
const AUTHORITY_SECONDS: i64 = 315_576_000;
/// How much earlier a certificate becomes valid than it is made, in seconds, for machines whose clocks are behind.
const EARLIER_SECONDS: i64 = 3_600;
/// How long a certificate is valid that leaves out a name, in seconds: three days. Its agent asks for another one after two, and
/// then the name may be free.
const INCOMPLETE_SECONDS: i64 = 3 * 86_400;
/// What labels begin with. It differs from that of earlier versions, which did not note whose a name is, so that all agents
/// ask again.
const LABEL: &str = "names are held\n";
/// How many bytes an uncompressed point of P-256 has.
const POINT_BYTES: usize = 65;

/// What an agent is told about its front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The port on which it should listen.
    pub port: u16,
    /// Identifies the authority and the names of the agent's certificate. If it differs from that of the certificate
    /// that the agent has, the agent needs another certificate.
    pub label: String,
}

/// An agent's request for a certificate. It names nobody: who the agent is, is known from its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The public key: an uncompressed point of P-256.
    pub public_key: Vec<u8>,
    /// The signature of the public key by the private key, which proves that the agent has it.
    pub signature: Vec<u8>,
}

/// A certificate of a front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The certificate, in DER.
    pub certificate: Vec<u8>,
    /// Until when it is valid.
    pub expires_at: Timestamp,
    /// The label of the authority and the names.
    pub label: String,
    /// Which names of the node it leaves out, and why, for people; `None` for none.
    pub note: Option<String>,
}

/// Why no certificate was issued.
#[derive(Debug, thiserror::Error)]
pub enum BadRequest {
    /// The organization has not switched fronts on, or the node is gone.
    #[error("the node should have no front")]
    Unwanted,
    /// The signature is not by the private key that belongs to the public key.
    #[error("the request is not signed by the private key of its public key")]
    Unsigned,
    /// The authority cannot be used.
    #[error("the certificate authority cannot be used: {0}; replace it with renew_authority")]
    Authority(String),
    /// Anything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// Show the certificate of the authority that issues the certificates of fronts.
///
/// In PEM, for Prometheus' `ca_file`. It is not secret. There is none until fronts are first switched on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowAuthority {}

/// The certificate of the authority that issues the certificates of fronts.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FrontAuthorityCertificate")]
pub(super) struct AuthorityCertificate {
    /// The certificate, in PEM; null if there is none.
    certificate: Option<String>,
    /// The SHA-256 of the certificate, in hexadecimal.
    sha256: Option<String>,
    /// Until when it is valid.
    expires_at: Option<Timestamp>,
}

impl Operation for ShowAuthority {
    const SPEC: Spec = Spec::read(ids::FRONT_AUTHORITY, "/v1/front/authority").tag(TAG);
    type Output = AuthorityCertificate;

    async fn run(self, cx: &Cx) -> Result<AuthorityCertificate> {
        let organization = cx.organization_reach()?.organization;
        let authority = front_of(cx.store(), organization).await?.front.authority;
        Ok(AuthorityCertificate {
            certificate: authority.as_ref().map(|authority| pem(&authority.certificate)),
            sha256: authority.as_ref().map(FrontAuthority::fingerprint),
            expires_at: authority.map(|authority| authority.expires_at),
        })
    }
}

/// A certificate in PEM (RFC 7468).
fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(str::from_utf8(line).unwrap_or_default());
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// Sets from when until when a certificate is valid.
fn limit(params: &mut CertificateParams, now: Timestamp, until: Timestamp) {
    let at = |time: Timestamp| {
        let seconds = u64::try_from(time.as_micros() / 1_000_000).unwrap_or_default();
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = at(now.plus_seconds(-EARLIER_SECONDS));
    params.not_after = at(until);
}

/// What the certificates of an organization's authorities have in common. An authority is also rebuilt from this, so
/// it never changes.
fn authority_params(organization: OrganizationId) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("Bailiwick fronts, {organization}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// A new authority, and its private key in PKCS #8.
pub(super) fn new_authority(
    organization: OrganizationId,
    now: Timestamp,
) -> std::result::Result<(FrontAuthority, Zeroizing<Vec<u8>>), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let expires_at = now.plus_seconds(AUTHORITY_SECONDS);
    let mut params = authority_params(organization);
    limit(&mut params, now, expires_at);
    let certificate = params.self_signed(&key)?.der().to_vec();
    Ok((FrontAuthority { certificate, expires_at }, Zeroizing::new(key.serialize_der())))
}

/// The names as they are in a certificate.
fn alternatives(names: &[FrontName]) -> std::result::Result<Vec<SanType>, rcgen::Error> {
    let alternative = |name: &FrontName| match name {
        FrontName::Address(address) => Ok(SanType::IpAddress(*address)),
        FrontName::Host(host) => host.as_str().try_into().map(SanType::DnsName),
    };
    names.iter().map(alternative).collect()
}

/// The label of an authority and the names of a certificate.
fn label(authority: &FrontAuthority, names: &[FrontName]) -> String {
    let mut digest = Sha256::new();
    digest.update(LABEL);
    digest.update(&authority.certificate);
    for name in names {
        digest.update(format!("\n{name}"));
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

async fn node_of(control: &Control, organization: OrganizationId, node: NodeId) -> Result<Option<Node>> {
    let whole = OrganizationReach::whole(organization);
    Ok(control.store().nodes(&whole).get(node).await?)
}

/// What the agent of a node should know about its front; `None` if it should have none.
pub async fn offered(
    control: &Control,
    organization: OrganizationId,
    node: NodeId,
) -> Result<Option<Offered>> {
    let StoredFront { front: Front { is_enabled, port, authority, .. }, .. } =
        front_of(control.store(), organization).await?;
    let (true, Some(authority)) = (is_enabled, authority) else { return Ok(None) };
    let Some(node) = node_of(control, organization, node).await? else { return Ok(None) };
    Ok(Some(Offered { port, label: label(&authority, &names::wanted(&node)) }))
}

/// A public key that an agent sent.
struct Point(Vec<u8>);

impl PublicKeyData for Point {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

/// Issues a certificate for the front of a node.
pub async fn issue(
    control: &Control,
    organization: OrganizationId,
    node: NodeId,
    request: CertificateRequest,
) -> std::result::Result<Issued, BadRequest> {
    let CertificateRequest { public_key, signature } = request;
    let is_signed = public_key.len() == POINT_BYTES
        && UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &public_key)
            .verify(&public_key, &signature)
            .is_ok();
    if !is_signed {
        return Err(BadRequest::Unsigned);
    }
    let StoredFront { front, key } = front_of(control.store(), organization).await.map_err(Error::from)?;
    let (true, Some(authority), Some(sealed)) = (front.is_enabled, front.authority, key) else {
        return Err(BadRequest::Unwanted);
    };
    let node = node_of(control, organization, node).await?.ok_or(BadRequest::Unwanted)?;
    let opened = control.keyring().peppers().open(&FrontAuthority::place(organization), &sealed);
    let opened = opened.map_err(|error| BadRequest::Authority(error.to_string()))?;
    let now = control.now();
    let until = |granted: &Granted| {
        let seconds = if granted.left_out.is_empty() { CERTIFICATE_SECONDS } else { INCOMPLETE_SECONDS };
        now.plus_seconds(seconds).min(authority.expires_at)
    };
    let granted = names::grant(control, organization, &node, now, until).await?;
    // That of all names, so that the agent does not ask again at once for one that was left out.
    let label = label(&authority, &names::wanted(&node));
    let (expires_at, note) = (until(&granted), granted.note());
    let certificate = alternatives(&granted.names).and_then(|names| {
        sign(organization, &opened, Point(public_key), names, (now, expires_at), control.entropy())
    });
    let certificate = certificate.map_err(|error| BadRequest::Authority(error.to_string()))?;
    Ok(Issued { certificate, expires_at, label, note })
}

fn sign(
    organization: OrganizationId,
    key: &[u8],
    public_key: Point,
    names: Vec<SanType>,
    (now, expires_at): (Timestamp, Timestamp),
    entropy: &dyn Entropy,
) -> std::result::Result<Vec<u8>, rcgen::Error> {
    let key = KeyPair::try_from(key)?;
    let issuer = Issuer::new(authority_params(organization), key);
    let mut serial = [0; 16];
    entropy.fill(&mut serial);
    // A serial number is positive (RFC 5280, section 4.1.2.2).
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Bailiwick front");
    params.subject_alt_names = names;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    limit(&mut params, now, expires_at);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params.signed_by(&public_key, &issuer)?.der().to_vec())
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::node::NodeType;

    use super::*;

    struct Bytes;
    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn node(name: &str, address: Option<&str>) -> Node {
        let id: NodeId = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e5f".parse().unwrap();
        let organization = "01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e60".parse().unwrap();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let address = address.map(|address| address.parse().unwrap());
        Node { address, ..Node::new(id, organization, NodeType::Generic, name.parse().unwrap(), now) }
    }

    #[test]
    fn a_certificate_has_the_names_that_the_inventory_knows() {
        let shown = |node: &Node| format!("{:?}", names::wanted(node));
        let db = shown(&node("DB-1", Some("192.0.2.7")));
        assert!(db.contains("db-1") && db.contains("192.0.2.7") && db.contains("01932f4e"), "{db}");
        let odd = shown(&node("Rack 7", Some("db.example.com")));
        assert!(!odd.contains("Rack") && odd.contains("db.example.com"), "{odd}");
        // The id of another object is not a name of this one.
        let bad = shown(&node("0.0.0.0", Some("01932f4e-7b5a-7c3d-8e9f-0a1b2c3d4e61")));
        assert!(!bad.contains("0.0.0.0") && !bad.contains("4e61") && bad.contains("4e5f"), "{bad}");
        // A rename, another address and another authority each need another certificate.
        let authority = |certificate: u8| FrontAuthority {
            certificate: vec![certificate],
            expires_at: Timestamp::from_micros(0),
        };
        let of = |one: u8, node: &Node| label(&authority(one), &names::wanted(node));
        let (same, renamed) = (node("db-1", None), node("db-2", None));
        assert_eq!(of(1, &same), of(1, &node("db-1", None)));
        assert_ne!(of(1, &same), of(1, &renamed));
        assert_ne!(of(1, &same), of(2, &same));
        assert_ne!(of(1, &same), of(1, &node("db-1", Some("192.0.2.7"))));
    }

    #[test]
    fn an_authority_signs_for_keys_that_it_never_sees() {
        let node = node("db-1", None);
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let (authority, secret) = new_authority(node.organization_id, now).unwrap();
        assert_eq!(authority.fingerprint().len(), 64);
        assert!(pem(&authority.certificate).ends_with("-----END CERTIFICATE-----\n"));
        let own = KeyPair::generate().unwrap();
        let point = Point(own.der_bytes().to_vec());
        let until = now.plus_seconds(CERTIFICATE_SECONDS);
        let names = alternatives(&names::wanted(&node)).unwrap();
        let signed = sign(node.organization_id, &secret, point, names, (now, until), &Bytes).unwrap();
        assert!(signed.windows(POINT_BYTES).any(|part| part == own.der_bytes()));
    }
}
