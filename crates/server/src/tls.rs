//! HTTPS: a certificate of your own, read again when it changes, or a self-signed one.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::data::{self, DataError};

/// How often the certificate's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a self-signed certificate is valid: ten years.
const VALID_SECONDS: i64 = 315_576_000;

/// What is wrong with the certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file does not hold what it should.
    #[error("{}: {detail}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The certificate and the key do not go together, or are not usable.
    #[error("the certificate {} cannot be used: {error}", path.display())]
    Unusable {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        error: rustls::Error,
    },
    /// No certificate could be made.
    #[error("no self-signed certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// The files of a certificate and its private key.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The certificate chain in PEM.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub private_key: PathBuf,
}

/// What the files hold.
#[derive(PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    private_key: Zeroizing<Vec<u8>>,
}

impl CertificateFiles {
    /// Those that the configuration names.
    pub fn configured(config: &Config) -> Option<Self> {
        let (certificate, private_key) =
            (config.server.certificate.clone()?, config.server.private_key.clone()?);
        Some(Self { certificate, private_key })
    }

    /// Those of the self-signed certificate in a directory, made if they are not there.
    pub fn self_signed(directory: &Path, address: IpAddr, clock: &dyn Clock) -> Result<Self, TlsError> {
        let files = Self {
            certificate: directory.join("certificate.pem"),
            private_key: directory.join("private-key.pem"),
        };
        if !files.certificate.exists() || !files.private_key.exists() {
            data::make_directory(directory)?;
            let (certificate, private_key) = make(address, clock)?;
            data::write_private(&files.private_key, private_key.as_bytes())?;
            data::write_private(&files.certificate, certificate.as_bytes())?;
        }
        Ok(files)
    }

    fn read(&self) -> Result<Contents, TlsError> {
        Ok(Contents {
            certificate: data::read(&self.certificate)?,
            private_key: Zeroizing::new(data::read(&self.private_key)?),
        })
    }

    fn server_config(&self, contents: &Contents) -> Result<Arc<ServerConfig>, TlsError> {
        let pem = |path: &Path, detail: String| TlsError::Pem { path: path.to_owned(), detail };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.certificate)
            .collect::<Result<_, _>>()
            .map_err(|e| pem(&self.certificate, e.to_string()))?;
        if chain.is_empty() {
            return Err(pem(&self.certificate, "expected a certificate in PEM".into()));
        }
        let key = PrivateKeyDer::from_pem_slice(&contents.private_key)
            .map_err(|_| pem(&self.private_key, "expected a private key in PEM".into()))?;
        let unusable = |error| TlsError::Unusable { path: self.certificate.clone(), error };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// The certificate as it is now.
    pub fn load(&self) -> Result<RustlsConfig, TlsError> {
        Ok(RustlsConfig::from_config(self.server_config(&self.read()?)?))
    }

    /// Takes the certificate over into `config` whenever its files change. One that cannot be used
    /// is logged, and the one before goes on.
    pub async fn watch(self, config: RustlsConfig, stop: CancellationToken) {
        let mut known = self.read().ok();
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            let contents = match self.read() {
                Ok(contents) => contents,
                Err(error) => {
                    // Files are often replaced one after the other: what is missing now comes.
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "the certificate cannot be read"
                    );
                    continue;
                }
            };
            if known.as_ref() == Some(&contents) {
                continue;
            }
            match self.server_config(&contents) {
                Ok(new) => {
                    config.reload_from_config(new);
                    tracing::info!(certificate = %self.certificate.display(), "the new certificate is in use");
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the new certificate is not used"
                    );
                }
            }
            known = Some(contents);
        }
    }
}

/// A self-signed certificate for this machine, and its private key, in PEM.
fn make(address: IpAddr, clock: &dyn Clock) -> Result<(String, Zeroizing<String>), TlsError> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !address.is_unspecified() {
        names.push(address.to_string());
    }
    names.extend(host_name());
    names.sort();
    names.dedup();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, "Bailiwick, self-signed");
    let now = clock.now();
    let (first, last) = (day(now.plus_seconds(-86_400)), day(now.plus_seconds(VALID_SECONDS)));
    params.not_before = date_time_ymd(first.0, first.1, first.2);
    params.not_after = date_time_ymd(last.0, last.1, last.2);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), Zeroizing::new(key.serialize_pem())))
}

/// The year, month and day of a time in UTC.
fn day(time: Timestamp) -> (i32, u8, u8) {
    let time = jiff::Timestamp::from_microsecond(time.as_micros()).unwrap_or_default();
    let date = jiff::tz::Offset::UTC.to_datetime(time).date();
    (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

/// The machine's name, where it is a name that a certificate can have.
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_owned();
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    is_name.then_some(name)
}
