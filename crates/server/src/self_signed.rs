//! The self-signed certificate that a server makes for itself.

use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use zeroize::Zeroizing;

use crate::config::Server;

/// How long a self-signed certificate is valid, in seconds: ten years.
const VALID_SECONDS: i64 = 315_576_000;

/// The names and addresses in a self-signed certificate: those of this machine, and those that the
/// configuration adds.
pub(crate) fn names(server: &Server) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if !server.address.is_unspecified() {
        names.push(server.address.to_string());
    }
    names.extend(host_name());
    names.extend(server.certificate_names.iter().cloned());
    names.sort();
    names.dedup();
    names
}

/// A self-signed certificate for these names, and its private key, in PEM.
pub(crate) fn make(names: &[String], clock: &dyn Clock) -> Result<(String, Zeroizing<String>), rcgen::Error> {
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

/// The machine's host name, if it can be used in a certificate. The kernel is asked itself:
/// `/proc/sys/kernel/hostname` is hidden from a service with `ProcSubset=pid`.
#[cfg(unix)]
pub(crate) fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    is_name.then_some(name)
}

/// On other systems the certificate has the names of the configuration only.
#[cfg(not(unix))]
pub(crate) fn host_name() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file in `/proc` is hidden from the packaged service, so the name must not come from there.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_host_name_is_that_of_the_kernel() {
        let from_file = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert_eq!(host_name().as_deref(), Some(from_file.trim()));
    }
}
