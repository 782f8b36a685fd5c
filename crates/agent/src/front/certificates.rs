//! The private key and the certificate of the front. The key is made here and never leaves the machine.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bailiwick_domain::time::Timestamp;
use bailiwick_link::front::{Certificate, CertificateRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parking_lot::{Mutex, RwLock};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData as _, SigningKey as _};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::private_file;

/// How long to wait for an answer until the agent asks for its certificate again, in seconds.
const ASK_AGAIN_SECONDS: i64 = 60;

/// Why there is no new certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCertificate {
    /// The server issued none.
    #[error("the server issued no certificate: {0}")]
    Refused(String),
    /// It is for another private key.
    #[error("the server sent a certificate that the agent did not ask for")]
    Unexpected,
    /// The private key and the certificate cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
    /// The private key and the certificate cannot be kept.
    #[error("{}: {error}; the agent needs this file for the certificate of its front", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
}

/// The contents of the file.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The private key, in PKCS #8 and Base64.
    key: Zeroizing<String>,
    /// The certificate, in DER and Base64.
    certificate: String,
    issued_at: Timestamp,
    expires_at: Timestamp,
    label: String,
    /// Which names it leaves out, and why; empty for none. Absent in files of earlier versions.
    #[serde(default)]
    note: String,
}

impl Kept {
    /// The pair as TLS uses it.
    fn certified(&self) -> Result<CertifiedKey, NoCertificate> {
        let unusable = |error: &dyn std::fmt::Display| NoCertificate::Unusable(error.to_string());
        let key = STANDARD.decode(self.key.as_bytes()).map_err(|error| unusable(&error))?;
        let certificate = STANDARD.decode(&self.certificate).map_err(|error| unusable(&error))?;
        let key = any_ecdsa_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)));
        let certified = CertifiedKey::new(
            vec![CertificateDer::from(certificate)],
            key.map_err(|error| unusable(&error))?,
        );
        certified.keys_match().map_err(|error| unusable(&error))?;
        Ok(certified)
    }

    /// Whether two thirds of its time are over.
    const fn is_old(&self, now: Timestamp) -> bool {
        let (from, until) = (self.issued_at.as_micros(), self.expires_at.as_micros());
        now.as_micros() >= from + (until - from) / 3 * 2
    }
}

#[derive(Default)]
struct State {
    kept: Option<Kept>,
    /// The private key for which a certificate was asked.
    asked: Option<KeyPair>,
    asked_at: Option<Timestamp>,
}

/// The private key and the certificate, and the next ones.
pub(super) struct Certificates {
    path: PathBuf,
    state: Mutex<State>,
    current: RwLock<Option<Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificates").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current.read().clone()
    }
}

impl Certificates {
    /// Reads the file. If it cannot be used, the agent asks for another certificate.
    pub(super) fn open(path: PathBuf) -> Self {
        let read = std::fs::read(&path).ok().map(Zeroizing::new);
        let kept: Option<Kept> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let current = kept.as_ref().and_then(|kept| kept.certified().ok()).map(Arc::new);
        let kept = kept.filter(|_| current.is_some());
        Self { path, state: Mutex::new(State { kept, ..State::default() }), current: RwLock::new(current) }
    }

    /// When the certificate expires; `None` if there is none.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        self.state.lock().kept.as_ref().map(|kept| kept.expires_at)
    }

    /// Which names of the node the certificate leaves out, and why; `None` for none.
    pub(super) fn note(&self) -> Option<String> {
        let state = self.state.lock();
        state.kept.as_ref().map(|kept| kept.note.clone()).filter(|note| !note.is_empty())
    }

    /// Whether to ask for a certificate now.
    pub(super) fn is_due(&self, label: &str, now: Timestamp) -> bool {
        let state = self.state.lock();
        let is_good = state.kept.as_ref().is_some_and(|kept| kept.label == label && !kept.is_old(now));
        let waits = state.asked_at.is_some_and(|at| at <= now && now < at.plus_seconds(ASK_AGAIN_SECONDS));
        !is_good && !waits
    }

    /// Notes that an answer may have been lost.
    pub(super) fn ask_again(&self) {
        self.state.lock().asked_at = None;
    }

    /// A request for a certificate, for a new private key.
    pub(super) fn request(&self, now: Timestamp) -> Result<CertificateRequest, NoCertificate> {
        let unusable = |error: rcgen::Error| NoCertificate::Unusable(error.to_string());
        let mut state = self.state.lock();
        state.asked_at = Some(now);
        let key = match state.asked.take() {
            Some(key) => key,
            None => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(unusable)?,
        };
        let public_key = key.der_bytes().to_vec();
        let signature = key.sign(&public_key).map_err(unusable)?;
        state.asked = Some(key);
        Ok(CertificateRequest { public_key, signature })
    }

    /// Takes the answer to a request.
    pub(super) fn answered(&self, answer: Certificate, now: Timestamp) -> Result<(), NoCertificate> {
        let Certificate { public_key, certificate, expires_at, label, error, note } = answer;
        if !error.is_empty() {
            return Err(NoCertificate::Refused(error));
        }
        let mut state = self.state.lock();
        let asked = state.asked.as_ref().filter(|key| key.der_bytes() == public_key);
        let key = Zeroizing::new(asked.ok_or(NoCertificate::Unexpected)?.serialize_der());
        let kept = Kept {
            key: Zeroizing::new(STANDARD.encode(key.as_slice())),
            certificate: STANDARD.encode(certificate),
            issued_at: now,
            expires_at: Timestamp::from_micros(expires_at),
            label,
            note,
        };
        let certified = kept.certified()?;
        let failed = |error: io::Error| NoCertificate::File { path: self.path.clone(), error };
        let bytes = Zeroizing::new(serde_json::to_vec(&kept).map_err(|error| failed(error.into()))?);
        private_file::write(&self.path, &bytes).map_err(failed)?;
        *self.current.write() = Some(Arc::new(certified));
        *state = State { kept: Some(kept), ..State::default() };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: &str = "one";

    fn issue(request: &CertificateRequest, key: &KeyPair, days: i64, now: Timestamp) -> Certificate {
        let params = rcgen::CertificateParams::new(vec!["db-1".to_owned()]).unwrap();
        Certificate {
            public_key: request.public_key.clone(),
            certificate: params.self_signed(key).unwrap().der().to_vec(),
            expires_at: now.plus_seconds(days * 86_400).as_micros(),
            label: LABEL.to_owned(),
            error: String::new(),
            note: "it leaves out db-2".to_owned(),
        }
    }

    #[test]
    fn a_certificate_is_asked_for_when_there_is_none_or_it_is_old_or_another_is_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("front.json");
        let start = Timestamp::from_micros(1_800_000_000_000_000);
        let certificates = Certificates::open(path.clone());
        assert!(certificates.is_due(LABEL, start));
        let request = certificates.request(start).unwrap();
        assert!(!certificates.is_due(LABEL, start), "it waits for the answer");
        assert!(certificates.is_due(LABEL, start.plus_seconds(60)));
        certificates.ask_again();
        assert!(certificates.is_due(LABEL, start));
        assert_eq!(certificates.request(start).unwrap().public_key, request.public_key);

        let asked = {
            let state = certificates.state.lock();
            KeyPair::try_from(state.asked.as_ref().unwrap().serialize_der()).unwrap()
        };
        let good = issue(&request, &asked, 30, start);
        let other = KeyPair::generate().unwrap();
        let bad = issue(&request, &other, 30, start);
        assert!(matches!(certificates.answered(bad, start), Err(NoCertificate::Unusable(_))));
        let unasked = Certificate { public_key: other.der_bytes().to_vec(), ..good.clone() };
        assert!(matches!(certificates.answered(unasked, start), Err(NoCertificate::Unexpected)));
        let refused = Certificate { error: "no".to_owned(), ..Certificate::default() };
        assert!(matches!(certificates.answered(refused, start), Err(NoCertificate::Refused(_))));
        assert_eq!(certificates.expires_at(), None);
        certificates.answered(good, start).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }

        let again = Certificates::open(path.clone());
        assert_eq!(again.note().as_deref(), Some("it leaves out db-2"));
        assert_eq!(again.expires_at(), Some(start.plus_seconds(30 * 86_400)));
        let day = |n: i64| start.plus_seconds(n * 86_400);
        assert!(!again.is_due(LABEL, day(19)) && again.is_due(LABEL, day(20)) && again.is_due("two", start));
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Certificates::open(path).expires_at(), None);
    }
}
