//! The certificate of the server: whether it can be used, by which names, and for how long yet.

use bailiwick_domain::time::Timestamp;
use bailiwick_server::check;
use bailiwick_server::config::{Config, Tls};
use bailiwick_server::tls::{CertificateFiles, CertificateProblem};
use reqwest::Url;

use super::finding::Finding;

/// The name of this check.
const CHECK: &str = "certificate";

/// The host in an address, if it is a name or address that a certificate can contain.
fn host(url: &Url) -> Option<String> {
    url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())
}

/// The finding about a certificate that expires within some seconds.
fn expiry(files: &CertificateFiles, is_configured: bool, now: Timestamp, seconds: i64) -> Option<Finding> {
    let later = files.problems(now.plus_seconds(seconds)).ok()?;
    let when = later.into_iter().find_map(|problem| match problem {
        CertificateProblem::Expired(when) => Some(when.unwrap_or_else(|| "soon".to_owned())),
        _ => None,
    })?;
    let next = if is_configured {
        "renew it before then, because clients refuse it afterwards; the server reads the new files by itself"
    } else {
        "remove the directory tls in the data directory before then, and start the server again, which makes a new certificate; clients that trust the old one need the new one then"
    };
    Some(Finding::warning(CHECK, format!("{} expires at {when}", files.certificate.display()), next))
}

/// Checks the certificate. `urls` are the addresses by which clients reach the server.
pub(super) fn check(config: &Config, urls: &[Url], now: Timestamp, valid_for: i64) -> Vec<Finding> {
    if config.server.tls == Tls::Off {
        return vec![Finding::ok(CHECK, "the server speaks plain HTTP, and has no certificate")];
    }
    let next = "correct the files that server.certificate and server.private_key name, or remove both settings and let the server make a certificate";
    let is_configured = config.server.certificate.is_some();
    let found: Vec<_> = check::certificate(config, now)
        .iter()
        // The mode of a file in the data directory is found there.
        .filter(|one| one.is_fault || is_configured || one.setting != "server.private_key")
        .map(|one| Finding::of_setting(CHECK, one, next))
        .collect();
    if !found.is_empty() {
        return found;
    }
    let files = match check::certificate_files(config) {
        Ok(Some(files)) => files,
        Ok(None) => return vec![Finding::ok(CHECK, "the server makes its certificate when it starts")],
        Err(error) => return vec![Finding::of_error(CHECK, error, next)],
    };
    let mut found: Vec<_> = expiry(&files, is_configured, now, valid_for).into_iter().collect();
    // Behind a proxy, the certificate of an address is the proxy's. Only an address of this port is the server's own.
    let own = urls.iter().filter(|url| url.port_or_known_default() == Some(config.server.port));
    let names: Vec<_> = own.filter_map(host).collect();
    match files.missing_names(&names) {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => {
            let next = if is_configured {
                "make a certificate that has these names, too"
            } else {
                "add the names to server.certificate_names, remove the directory tls in the data directory, and start the server again; clients that trust the old certificate need the new one then"
            };
            let text = format!(
                "{} is not for {}, so clients refuse it",
                files.certificate.display(),
                missing.join(", ")
            );
            found.push(Finding::fault(CHECK, text, next));
        }
        Err(error) => found.push(Finding::of_error(CHECK, error, next)),
    }
    if found.is_empty() {
        found.push(Finding::ok(
            CHECK,
            format!("{} is valid, and its key belongs to it", files.certificate.display()),
        ));
    }
    found
}
