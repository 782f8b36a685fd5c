//! HTTPS, with your own certificate, which is reloaded when its files change, or a self-signed one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use bailiwick_files::{Given, NotOwn};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, RootCertStore, ServerConfig};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::config::{Config, Server};
use crate::data::{self, DataError};
use crate::self_signed;

/// How often the certificate's files are checked for changes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file that the configuration names cannot be read.
    #[error("{setting}: {error}")]
    Setting {
        /// The setting that names the file.
        setting: &'static str,
        /// The file and the cause.
        error: DataError,
    },
    /// One of the two files of the self-signed certificate is missing.
    #[error(
        "{} is missing, but {} exists. Restore the missing file from your backup. If you remove the other file, too, the server makes a new pair; clients that trust the old certificate then refuse the server",
        missing.display(),
        present.display()
    )]
    Half {
        /// The file that is missing.
        missing: PathBuf,
        /// The file that is there.
        present: PathBuf,
        /// Whether the key is gone.
        is_key_missing: bool,
    },
    /// The private key belongs to none of the certificates.
    #[error(
        "the private key {} does not belong to the certificate {}: use the private key that the certificate was made with",
        private_key.display(),
        certificate.display()
    )]
    OtherKey {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        private_key: PathBuf,
    },
    /// A file has no valid content.
    #[error("{}: {detail}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The certificate cannot be used with the key, or not at all.
    #[error("the certificate {} cannot be used: {error}", path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// The cause.
        error: rustls::Error,
    },
    /// A self-signed certificate cannot be made.
    #[error("a self-signed certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
}

impl TlsError {
    /// Whether a file does not exist.
    fn is_missing_file(&self) -> bool {
        let (Self::Data(error) | Self::Setting { error, .. }) = self else { return false };
        let (DataError::Io { error, .. } | DataError::NotOwn(NotOwn::Io { error, .. })) = error else {
            return false;
        };
        error.kind() == std::io::ErrorKind::NotFound
    }

    /// Whether the error is about the private key, not the certificate.
    pub(crate) fn is_of_key(&self) -> bool {
        match self {
            Self::OtherKey { .. } | Self::Setting { setting: "server.private_key", .. } => true,
            Self::Half { is_key_missing, .. } => *is_key_missing,
            Self::Pem { detail, .. } => detail.contains("private key"),
            _ => false,
        }
    }
}

/// The files of a certificate and its private key.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate chain in PEM.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub private_key: PathBuf,
    /// Whether the configuration names the files.
    configured: bool,
}

/// A reason for clients to refuse a certificate. The server starts all the same: a failed renewal must not
/// keep it from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateProblem {
    /// It has expired, at this time if it is known.
    Expired(Option<String>),
    /// It is not valid yet, but will be from this time on if it is known.
    NotValidYet(Option<String>),
    /// It is not the first in its file. The server sends it first nevertheless.
    Order,
    /// The file does not contain the certificate of its issuer.
    NoIssuer,
    /// The other certificates in the file are not those of its issuers.
    OtherIssuers,
    /// It is marked as a certificate authority.
    IsAuthority,
    /// Another reason, as the TLS library words it.
    Other(String),
}

impl CertificateProblem {
    /// Whether all clients will refuse the certificate, or its file needs to be corrected.
    pub const fn is_fault(&self) -> bool {
        !matches!(self, Self::NoIssuer | Self::IsAuthority)
    }
}

impl std::fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expired(Some(when)) => write!(f, "the certificate expired at {when}: renew it, because clients refuse it"),
            Self::Expired(None) => f.write_str("the certificate has expired: renew it, because clients refuse it"),
            Self::NotValidYet(Some(when)) => {
                write!(f, "the certificate is not valid before {when}: check the clock of this machine, or wait")
            }
            Self::NotValidYet(None) => {
                f.write_str("the certificate is not valid yet: check the clock of this machine, or wait")
            }
            Self::Order => f.write_str(
                "the server's own certificate must come first in the file, followed by the certificates of its issuers; the server sends them in this order",
            ),
            Self::NoIssuer => f.write_str(
                "the certificate chain is incomplete: the issuer's certificate is not in the file, so clients that do not have it refuse the server; append it (the intermediate) to the file",
            ),
            Self::OtherIssuers => f.write_str(
                "the certificate chain is wrong: the other certificates in the file are not those of the issuers; append the right ones (the intermediates), nearest issuer first",
            ),
            Self::IsAuthority => f.write_str(
                "the certificate is marked as a certificate authority (CA:TRUE), and many clients refuse a server that uses such a certificate: make it with `-addext basicConstraints=critical,CA:FALSE`, or name this same file with --ca",
            ),
            Self::Other(why) => write!(f, "clients may refuse the certificate: {why}"),
        }
    }
}

/// The contents of a certificate's files.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    private_key: Zeroizing<Vec<u8>>,
    /// The mode of the private key's file if every user of the machine may read it.
    key_open_mode: Option<u32>,
}

/// The certificate that the server made itself, and its private key, in PEM.
pub(crate) struct OwnFiles {
    pub(crate) certificate: Vec<u8>,
    pub(crate) private_key: Zeroizing<Vec<u8>>,
}

impl CertificateFiles {
    /// The files that the configuration names, if it does.
    pub fn configured(config: &Config) -> Option<Self> {
        let (certificate, private_key) =
            (config.server.certificate.clone()?, config.server.private_key.clone()?);
        Some(Self { certificate, private_key, configured: true })
    }

    /// The files of the self-signed certificate in a directory, if they exist. It is an error if only one
    /// exists: a new pair would shut out all clients that trust the old one.
    pub fn made(directory: &Path) -> Result<Option<Self>, TlsError> {
        let files = Self::in_directory(directory);
        let there =
            |path: &Path| path.try_exists().map_err(|error| DataError::Io { path: path.to_owned(), error });
        let (missing, present, is_key_missing) =
            match (there(&files.certificate)?, there(&files.private_key)?) {
                (true, true) => return Ok(Some(files)),
                (false, false) => return Ok(None),
                (true, false) => (files.private_key, files.certificate, true),
                (false, true) => (files.certificate, files.private_key, false),
            };
        Err(TlsError::Half { missing, present, is_key_missing })
    }

    fn in_directory(directory: &Path) -> Self {
        Self {
            certificate: directory.join("certificate.pem"),
            private_key: directory.join("private-key.pem"),
            configured: false,
        }
    }

    /// The files of the self-signed certificate in a directory, which are made if they do not exist.
    pub fn self_signed(directory: &Path, server: &Server, clock: &dyn Clock) -> Result<Self, TlsError> {
        if let Some(files) = Self::made(directory)? {
            return Ok(files);
        }
        let names = self_signed::names(server);
        let (certificate, private_key) = self_signed::make(&names, clock)?;
        // The files appear together: a start that is interrupted never leaves only one.
        let new = directory.with_extension("new");
        data::remove_directory(&new)?;
        data::make_directory(&new)?;
        let files = Self::in_directory(&new);
        data::write_private(&files.private_key, private_key.as_bytes())?;
        data::write_private(&files.certificate, certificate.as_bytes())?;
        data::put_in_place(&new, directory)?;
        let files = Self::in_directory(directory);
        tracing::info!(
            certificate = %files.certificate.display(),
            names = names.join(", "),
            "a self-signed certificate was made; clients that use another name for this server refuse it"
        );
        Ok(files)
    }

    /// The names of `server.certificate_names` that are not in the certificate. A certificate that exists is
    /// never replaced, so one that was made before the setting lacks them.
    pub fn missing_names(&self, wanted: &[String]) -> Result<Vec<String>, TlsError> {
        let unusable = |error| TlsError::Unusable { path: self.certificate.clone(), error };
        let chain = self.chain(&self.read()?, Timestamp::from_micros(0))?;
        let Some(own) = chain.certificates.first() else { return Ok(Vec::new()) };
        let own = ParsedCertificate::try_from(own).map_err(unusable)?;
        let is_in =
            |name: &str| ServerName::try_from(name).is_ok_and(|name| verify_server_name(&own, &name).is_ok());
        Ok(wanted.iter().filter(|name| !is_in(name)).cloned().collect())
    }

    /// The certificate and its private key, in PEM, if the server made them itself.
    pub(crate) fn made_here(&self) -> Result<Option<OwnFiles>, TlsError> {
        if self.configured {
            return Ok(None);
        }
        let Contents { certificate, private_key, .. } = self.read()?;
        Ok(Some(OwnFiles { certificate, private_key }))
    }

    /// What to tell about names that are missing in the self-signed certificate, if any are.
    pub fn warning_of_names(&self, server: &Server) -> Result<Option<String>, TlsError> {
        if self.configured {
            return Ok(None);
        }
        let missing = self.missing_names(&server.certificate_names)?;
        Ok((!missing.is_empty()).then(|| {
            format!(
                "the self-signed certificate {} was made without {}, so clients that use these names refuse it: remove the directory {} and start the server again, which makes a new certificate; every client that trusts the old one needs the new one then",
                self.certificate.display(),
                missing.join(", "),
                self.certificate.parent().unwrap_or(&self.certificate).display(),
            )
        }))
    }

    /// Reads the files. A user who can write the private key could impersonate the server, so it must belong to
    /// this user or root.
    fn read(&self) -> Result<Contents, TlsError> {
        let read = |path: &Path, given, setting| {
            bailiwick_files::read_given(path, given).map_err(|error| match self.configured {
                true => TlsError::Setting { setting, error: error.into() },
                false => DataError::from(error).into(),
            })
        };
        let certificate = read(&self.certificate, Given::File, "server.certificate")?.bytes;
        let private_key = read(&self.private_key, Given::TrustedFile, "server.private_key")?;
        Ok(Contents {
            certificate,
            private_key: Zeroizing::new(private_key.bytes),
            key_open_mode: private_key.open_mode,
        })
    }

    /// Reads the files in a thread of its own, so that a file system that hangs stops nothing but this, and
    /// does not keep the server from stopping.
    async fn read_apart(&self) -> Result<Contents, TlsError> {
        let (tell, told) = tokio::sync::oneshot::channel();
        let files = self.clone();
        let started = std::thread::Builder::new().name("certificate".to_owned()).spawn(move || {
            // If nobody receives it, the server stops.
            let _ = tell.send(files.read());
        });
        let failed = |error| DataError::Io { path: self.certificate.clone(), error }.into();
        started.map_err(failed)?;
        told.await
            .unwrap_or_else(|_| Err(failed(std::io::Error::other("the thread that reads it has ended"))))
    }

    /// The certificates in the order in which they are sent, and reasons for clients to refuse them.
    fn chain(&self, contents: &Contents, now: Timestamp) -> Result<Chain, TlsError> {
        let pem = |path: &Path, detail: String| TlsError::Pem { path: path.to_owned(), detail };
        let mut certificates: Vec<_> = CertificateDer::pem_slice_iter(&contents.certificate)
            .collect::<Result<_, _>>()
            .map_err(|e| pem(&self.certificate, e.to_string()))?;
        if certificates.is_empty() {
            return Err(pem(&self.certificate, "expected a certificate in PEM".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(&contents.private_key)
            .map_err(|_| pem(&self.private_key, "expected a private key in PEM".into()))?;
        let unusable = |error| TlsError::Unusable { path: self.certificate.clone(), error };
        let signing = ring::default_provider()
            .key_provider
            .load_private_key(key.clone_key())
            .map_err(|error| pem(&self.private_key, error.to_string()))?;
        let mut fits = None;
        for (n, certificate) in certificates.iter().enumerate() {
            match CertifiedKey::new(vec![certificate.clone()], Arc::clone(&signing)).keys_match() {
                Ok(()) => {
                    fits = Some(n);
                    break;
                }
                Err(rustls::Error::InconsistentKeys(_)) => {}
                Err(error) => return Err(unusable(error)),
            }
        }
        let mut problems = Vec::new();
        match fits {
            None => {
                let (certificate, private_key) = (self.certificate.clone(), self.private_key.clone());
                return Err(TlsError::OtherKey { certificate, private_key });
            }
            Some(0) => {}
            Some(n) => {
                problems.push(CertificateProblem::Order);
                if n + 1 == certificates.len() {
                    certificates.reverse();
                } else {
                    let own = certificates.remove(n);
                    certificates.insert(0, own);
                }
            }
        }
        problems.extend(problem(&certificates, now));
        Ok(Chain { certificates, key, problems })
    }

    fn server_config(&self, contents: &Contents) -> Result<Arc<ServerConfig>, TlsError> {
        let Chain { certificates, key, .. } = self.chain(contents, Timestamp::from_micros(0))?;
        let unusable = |error| TlsError::Unusable { path: self.certificate.clone(), error };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(certificates, key)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// Loads the certificate from its files.
    pub fn load(&self) -> Result<RustlsConfig, TlsError> {
        Ok(RustlsConfig::from_config(self.server_config(&self.read()?)?))
    }

    /// Checks the certificate and returns reasons for clients to refuse it.
    pub fn problems(&self, now: Timestamp) -> Result<Vec<CertificateProblem>, TlsError> {
        Ok(self.chain(&self.read()?, now)?.problems)
    }

    /// A warning if every user of the machine may read the private key.
    pub fn open_key(&self) -> Result<Option<String>, TlsError> {
        Ok(self.open_key_of(&self.read()?))
    }

    fn open_key_of(&self, contents: &Contents) -> Option<String> {
        contents.key_open_mode.map(|mode| {
            let path = self.private_key.display();
            format!("{path}: other users of this machine may read the private key (its mode is {mode:03o}): run `chmod o-rwx {path}`")
        })
    }

    /// Logs a warning for each reason for clients to refuse the certificate, and if others may read the
    /// private key.
    pub fn warn(&self, now: Timestamp) {
        if let Ok(contents) = self.read() {
            self.warn_of(&contents, now);
        }
    }

    fn warn_of(&self, contents: &Contents, now: Timestamp) {
        for problem in self.chain(contents, now).map(|chain| chain.problems).unwrap_or_default() {
            tracing::warn!(certificate = %self.certificate.display(), "the certificate has a problem: {problem}");
        }
        if let Some(warning) = self.open_key_of(contents) {
            tracing::warn!("{warning}");
        }
    }

    /// Reloads the certificate into `config` whenever its files change, until `stop`. If the new one cannot
    /// be used, that is logged and the previous one stays in use.
    pub async fn watch(self, config: RustlsConfig, clock: Arc<dyn Clock>, stop: CancellationToken) {
        let _ = stop.run_until_cancelled(self.keep_up(config, clock)).await;
    }

    async fn keep_up(&self, config: RustlsConfig, clock: Arc<dyn Clock>) {
        let mut known = self.read_apart().await.ok();
        let mut refused = None;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let contents = match self.read_apart().await {
                Ok(contents) => contents,
                Err(error) => {
                    // The files are often replaced one after the other, so a missing one may appear soon.
                    let text = error.to_string();
                    if !error.is_missing_file() && refused.as_ref() != Some(&text) {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            "the new certificate cannot be used; the old one stays in use"
                        );
                        refused = Some(text);
                    }
                    continue;
                }
            };
            refused = None;
            if known.as_ref() == Some(&contents) {
                continue;
            }
            match self.server_config(&contents) {
                Ok(new) => {
                    config.reload_from_config(new);
                    tracing::info!(certificate = %self.certificate.display(), "the new certificate is in use");
                    self.warn_of(&contents, clock.now());
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the new certificate cannot be used; the old one stays in use"
                    );
                }
            }
            known = Some(contents);
        }
    }
}

/// Certificates with the server's own first, its key, and reasons for clients to refuse them.
struct Chain {
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    problems: Vec<CertificateProblem>,
}

/// The reason for a client to refuse the first of these certificates, although it trusts the last one.
fn problem(certificates: &[CertificateDer<'static>], now: Timestamp) -> Option<CertificateProblem> {
    let (own, issuers) = certificates.split_first()?;
    let seconds = u64::try_from(now.as_micros() / 1_000_000).unwrap_or_default();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let algorithms = ring::default_provider().signature_verification_algorithms;
    let verify = || {
        let mut roots = RootCertStore::empty();
        roots.add(issuers.last().unwrap_or(own).clone())?;
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(own)?,
            &roots,
            issuers,
            now,
            algorithms.all,
        )
    };
    let time = |time: UnixTime| {
        let seconds = i64::try_from(time.as_secs()).ok()?;
        Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
    };
    Some(match verify().err()? {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::Expired => CertificateProblem::Expired(None),
            CertificateError::ExpiredContext { not_after, .. } => {
                CertificateProblem::Expired(time(not_after))
            }
            CertificateError::NotValidYet => CertificateProblem::NotValidYet(None),
            CertificateError::NotValidYetContext { not_before, .. } => {
                CertificateProblem::NotValidYet(time(not_before))
            }
            CertificateError::UnknownIssuer if issuers.is_empty() => CertificateProblem::NoIssuer,
            CertificateError::UnknownIssuer => CertificateProblem::OtherIssuers,
            CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                CertificateProblem::IsAuthority
            }
            other => CertificateProblem::Other(other.to_string()),
        },
        other => CertificateProblem::Other(other.to_string()),
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests spawn tasks that end with their runtime")]
mod tests {
    use bailiwick_engine::outside::SystemClock;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn params(name: &str, is_ca: bool, until: i32) -> CertificateParams {
        let mut params = CertificateParams::new(vec![format!("{name}.example.com")]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    fn files(directory: &Path, certificates: &[&str], key: &KeyPair) -> CertificateFiles {
        let files = CertificateFiles {
            certificate: directory.join("chain.pem"),
            private_key: directory.join("key.pem"),
            configured: true,
        };
        std::fs::write(&files.certificate, certificates.concat()).unwrap();
        std::fs::write(&files.private_key, key.serialize_pem()).unwrap();
        files
    }

    #[test]
    fn a_certificate_that_clients_refuse_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let key = || KeyPair::generate().unwrap();
        let (root_key, middle_key, own_key) = (key(), key(), key());
        let root = params("root", true, 2090);
        let root_pem = root.self_signed(&root_key).unwrap().pem();
        let root = Issuer::new(root, root_key);
        let middle = params("middle", true, 2090);
        let middle_pem = middle.signed_by(&middle_key, &root).unwrap().pem();
        let middle = Issuer::new(middle, middle_key);
        let own = params("own", false, 2090).signed_by(&own_key, &middle).unwrap().pem();
        let old = params("own", false, 2021).signed_by(&own_key, &middle).unwrap().pem();
        let mut later = params("own", false, 2090);
        later.not_before = date_time_ymd(2080, 1, 1);
        let later = later.signed_by(&own_key, &middle).unwrap().pem();
        let authority = params("own", true, 2090).self_signed(&own_key).unwrap().pem();
        let by_itself = params("own", false, 2090).self_signed(&own_key).unwrap().pem();

        for (certificates, expected) in [
            (vec![&own, &middle_pem], vec![]),
            (vec![&own, &middle_pem, &root_pem], vec![]),
            (vec![&by_itself], vec![]),
            (vec![&old, &middle_pem], vec![CertificateProblem::Expired(Some("2021-01-01T00:00:00Z".into()))]),
            (vec![&old], vec![CertificateProblem::Expired(Some("2021-01-01T00:00:00Z".into()))]),
            (
                vec![&later, &middle_pem],
                vec![CertificateProblem::NotValidYet(Some("2080-01-01T00:00:00Z".into()))],
            ),
            (vec![&middle_pem, &own], vec![CertificateProblem::Order]),
            (vec![&root_pem, &middle_pem, &own], vec![CertificateProblem::Order]),
            (vec![&middle_pem, &own, &root_pem], vec![CertificateProblem::Order]),
            (vec![&own], vec![CertificateProblem::NoIssuer]),
            (vec![&own, &root_pem], vec![CertificateProblem::OtherIssuers]),
            (vec![&authority], vec![CertificateProblem::IsAuthority]),
        ] {
            let certificates: Vec<&str> = certificates.into_iter().map(String::as_str).collect();
            let files = files(directory.path(), &certificates, &own_key);
            assert_eq!(files.problems(NOW).unwrap(), expected);
            // The problem does not keep the server from starting.
            files.load().unwrap();
        }
        let refused = files(directory.path(), &[&own, &middle_pem], &key()).load().unwrap_err().to_string();
        assert!(refused.contains("does not belong to the certificate"), "{refused}");
        let missing = CertificateFiles {
            certificate: directory.path().join("nope.pem"),
            ..files(directory.path(), &[&own], &own_key)
        };
        let refused = missing.load().unwrap_err().to_string();
        assert!(refused.starts_with("server.certificate: ") && refused.contains("nope.pem"), "{refused}");
    }

    #[test]
    fn a_certificate_with_a_missing_file_is_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("tls");
        let make = || CertificateFiles::self_signed(&directory, &Server::default(), &SystemClock);
        // An interrupted start has left one of the two files.
        let unfinished = parent.path().join("tls.new");
        std::fs::create_dir(&unfinished).unwrap();
        std::fs::write(unfinished.join("private-key.pem"), "half").unwrap();
        assert!(CertificateFiles::made(&directory).unwrap().is_none());
        let files = make().unwrap();
        files.load().unwrap();
        assert!(!unfinished.exists());
        for (file, other) in [("private-key.pem", "certificate.pem"), ("certificate.pem", "private-key.pem")]
        {
            let kept = std::fs::read(directory.join(other)).unwrap();
            let gone = parent.path().join(file);
            std::fs::rename(directory.join(file), &gone).unwrap();
            let error = make().unwrap_err();
            assert_eq!(error.is_of_key(), file == "private-key.pem");
            assert!(error.to_string().contains(&format!("{file} is missing")), "{error}");
            assert_eq!(std::fs::read(directory.join(other)).unwrap(), kept, "the remaining file was changed");
            assert!(!directory.join(file).exists());
            std::fs::rename(&gone, directory.join(file)).unwrap();
        }
        // A new pair is made if both files were removed.
        let old = std::fs::read(&files.certificate).unwrap();
        std::fs::remove_file(&files.certificate).unwrap();
        std::fs::remove_file(&files.private_key).unwrap();
        make().unwrap().load().unwrap();
        assert_ne!(std::fs::read(&files.certificate).unwrap(), old);
    }

    #[test]
    fn the_self_signed_certificate_is_for_this_machine_and_the_names_of_the_configuration() {
        let parent = tempfile::tempdir().unwrap();
        let (old, new) = (parent.path().join("old"), parent.path().join("new"));
        let mut server = Server { address: [192, 0, 2, 7].into(), ..Server::default() };
        let before = CertificateFiles::self_signed(&old, &server, &SystemClock).unwrap();
        assert_eq!(before.warning_of_names(&server).unwrap(), None);
        let own = self_signed::host_name().into_iter();
        let of_machine: Vec<_> =
            own.chain(["localhost", "127.0.0.1", "::1", "192.0.2.7"].map(Into::into)).collect();
        assert_eq!(before.missing_names(&of_machine).unwrap(), Vec::<String>::new());

        server.certificate_names = ["bailiwick.example.com", "198.51.100.7"].map(Into::into).to_vec();
        let after = CertificateFiles::self_signed(&new, &server, &SystemClock).unwrap();
        assert_eq!(
            after.missing_names(&[of_machine, server.certificate_names.clone()].concat()).unwrap(),
            Vec::<String>::new()
        );
        assert_eq!(after.warning_of_names(&server).unwrap(), None);
        assert_eq!(after.missing_names(&["other.example.com".to_owned()]).unwrap(), ["other.example.com"]);
        // One that exists is not replaced, which is told.
        let kept = CertificateFiles::self_signed(&old, &server, &SystemClock).unwrap();
        let warning = kept.warning_of_names(&server).unwrap().unwrap();
        assert!(warning.contains("without bailiwick.example.com, 198.51.100.7, so"), "{warning}");
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_others_could_write_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let own = params("own", false, 2090).self_signed(&key).unwrap().pem();
        let files = files(directory.path(), &[&own], &key);
        let mode = |mode| {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&files.private_key, permissions).unwrap();
        };
        mode(0o640);
        files.load().unwrap();
        assert_eq!(files.open_key().unwrap(), None);
        mode(0o644);
        files.load().unwrap();
        let warning = files.open_key().unwrap().unwrap();
        assert!(warning.contains("may read the private key (its mode is 644)"), "{warning}");
        mode(0o666);
        let error = files.load().unwrap_err();
        assert!(error.is_of_key());
        let error = error.to_string();
        assert!(error.starts_with("server.private_key: ") && error.contains("`chmod go-w "), "{error}");
        // Only root can give a file to another user.
        mode(0o600);
        if std::os::unix::fs::chown(&files.private_key, Some(65_534), None).is_ok() {
            let error = files.load().unwrap_err().to_string();
            assert!(error.contains("it belongs to user 65534"), "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn a_pipe_in_place_of_the_certificate_does_not_stop_the_server() {
        let directory = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let own = params("own", false, 2090).self_signed(&key).unwrap().pem();
        let files = files(directory.path(), &[&own], &key);
        let _ = ring::default_provider().install_default();
        let config = files.load().unwrap();
        let before = config.get_inner();
        for path in [&files.certificate, &files.private_key] {
            std::fs::remove_file(path).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
            let error = files.read_apart().await.map(drop).unwrap_err();
            assert!(!error.is_missing_file());
            let error = error.to_string();
            assert!(error.contains("neither a file nor a directory"), "{error}");
        }
        let stop = CancellationToken::new();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let watching = tokio::spawn(files.watch(config.clone(), clock, stop.clone()));
        tokio::time::advance(LOOK_EVERY * 3).await;
        stop.cancel();
        watching.await.unwrap();
        assert!(Arc::ptr_eq(&before, &config.get_inner()));
    }
}
