//! TLS: which servers the agent trusts, and explanations of errors in certificates.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with certificates cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// The file contains no certificates.
    #[error("{}: expected certificates in PEM", path.display())]
    NoCertificates {
        /// The path of the file.
        path: PathBuf,
    },
    /// The TLS library refuses the configuration.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] Error),
}

/// A TLS configuration that trusts only the certificates in a file, and certificates that they issued.
pub fn only(path: &Path) -> Result<ClientConfig, TlsError> {
    let pem = std::fs::read(path).map_err(|error| TlsError::File { path: path.to_owned(), error })?;
    only_in(&pem, path)
}

/// [`only`], with the content of the file. `path` is for errors.
pub fn only_in(pem: &[u8], path: &Path) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Pinned::new(certificates(pem, path)?, &provider)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// A TLS configuration that trusts a server with exactly one of these certificates, under any name and address.
/// Only for a server of this machine, whose certificate is known but whose name is not. `path` is for errors.
pub fn exactly(pem: &[u8], path: &Path) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = Pinned::new(certificates(pem, path)?, &provider)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Known(pinned)))
        .with_no_client_auth())
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(TlsError::NoCertificates { path: path.to_owned() }),
    }
}

/// Verifies certificates as usual, with one exception: a server certificate that is itself in the file
/// is trusted even if it is marked as an authority, which `openssl req -x509` does by default. It was
/// named explicitly, and no other certificate becomes trusted through the exception.
#[derive(Debug)]
struct Pinned {
    usual: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Pinned {
    fn new(named: Vec<CertificateDer<'static>>, provider: &Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in &named {
            roots.add(certificate.clone())?;
        }
        let usual =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        Ok(Self { usual: usual.map_err(|error| Error::General(error.to_string()))?, named })
    }
}

/// Whether a certificate was refused only because it is marked as an authority. Its validity period and
/// signature are then correct.
fn is_authority(error: &OtherError) -> bool {
    format!("{error:?}").contains("CaUsedAsEndEntity")
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        issuers: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.usual.verify_server_cert(own, issuers, name, ocsp, now) {
            Err(Error::InvalidCertificate(CertificateError::Other(error)))
                if is_authority(&error) && self.named.iter().any(|named| named == own) =>
            {
                verify_server_name(&ParsedCertificate::try_from(own)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Trusts the named certificates themselves, whatever names and dates they contain: a server that has the private key of one
/// is the one that was meant.
#[derive(Debug)]
struct Known(Pinned);

impl ServerCertVerifier for Known {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.0.named.iter().any(|named| named == own) {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// An explanation of what is wrong with a server's certificate, and what to do.
pub fn explain(error: &CertificateError) -> String {
    let text = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired: renew it on the server, or correct the clock of this machine"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet: correct the clocks of this machine and of the server"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            return format!("the certificate is for a name other than the one in the address: {error}");
        }
        CertificateError::UnknownIssuer => {
            "the issuer is not trusted on this machine, or the server does not send the complete certificate chain: name the certificate, or its issuer's, with --ca FILE"
        }
        CertificateError::Other(other) if is_authority(other) => {
            "the certificate is marked as a certificate authority (CA:TRUE): name this same certificate with --ca FILE, or make another one with `-addext basicConstraints=critical,CA:FALSE`"
        }
        other => return other.to_string(),
    };
    text.to_owned()
}

/// The certificate error among the causes of an error.
pub fn certificate_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e CertificateError> {
    match tls_error(error)? {
        Error::InvalidCertificate(why) => Some(why),
        _ => None,
    }
}

/// The TLS error among the causes of an error.
pub fn tls_error<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // `source` of an I/O error skips the error that it wraps.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| tls_error(inner)) {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

    use super::*;

    fn provider() -> Arc<CryptoProvider> {
        Arc::new(rustls::crypto::ring::default_provider())
    }

    fn params(is_ca: bool) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["h.example.com".to_owned()]).unwrap();
        if is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    fn verify(
        named: &CertificateDer<'static>,
        own: &CertificateDer<'static>,
        name: &str,
        year: i64,
    ) -> Result<(), Error> {
        let verifier = Pinned::new(vec![named.clone()], &provider()).unwrap();
        let seconds = u64::try_from((year - 1970) * 31_557_600).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        verifier
            .verify_server_cert(own, &[], &ServerName::try_from(name.to_owned()).unwrap(), &[], now)
            .map(|_| ())
    }

    #[test]
    fn a_pinned_certificate_is_trusted_and_makes_no_other_trusted() {
        let key = KeyPair::generate().unwrap();
        let mut authority = params(true);
        authority.not_after = rcgen::date_time_ymd(2040, 1, 1);
        let own = authority.self_signed(&key).unwrap().der().clone();
        verify(&own, &own, "h.example.com", 2026).unwrap();

        // It is refused under another name, and after its validity period.
        let why = verify(&own, &own, "other.example.com", 2026).unwrap_err();
        assert!(
            matches!(why, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. })),
            "{why:?}"
        );
        let Error::InvalidCertificate(why) = verify(&own, &own, "h.example.com", 2050).unwrap_err() else {
            panic!("expected a fault of the certificate")
        };
        assert!(explain(&why).contains("has expired"), "{why:?}");

        // What it issues is trusted as usual; certificates of another authority are not, whether marked
        // or not.
        let issuer = Issuer::new(authority, key);
        let below_key = KeyPair::generate().unwrap();
        let below = params(false).signed_by(&below_key, &issuer).unwrap().der().clone();
        verify(&own, &below, "h.example.com", 2026).unwrap();
        let below_ca = params(true).signed_by(&below_key, &issuer).unwrap().der().clone();
        let Error::InvalidCertificate(why) = verify(&own, &below_ca, "h.example.com", 2026).unwrap_err()
        else {
            panic!("expected a fault of the certificate")
        };
        assert!(explain(&why).contains("CA:FALSE"), "{why:?}");
        let stranger = params(true).self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone();
        verify(&own, &stranger, "h.example.com", 2026).unwrap_err();
    }
}
