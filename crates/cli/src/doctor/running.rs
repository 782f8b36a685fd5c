//! The server that runs with a data directory: where it listens, and whether it answers.

use std::net::SocketAddr;
use std::path::Path;

use bailiwick_domain::outside::Clock;
use bailiwick_server::check::{self, ClosedAddress};
use bailiwick_server::config::Config;
use bailiwick_server::sockets;
use reqwest::{StatusCode, Url};

use super::ask::Asker;
use super::finding::Finding;
use crate::client::ServerAddress;
use crate::trust::Trust;

/// The name of this check.
const CHECK: &str = "server";
/// The name of the check of addresses.
const LISTENERS: &str = "listeners";
/// The name of the check of versions.
pub(super) const VERSION: &str = "version";
/// The version of this program.
pub(super) const OWN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Checks the addresses of a server that does not run.
pub(super) fn stopped(config: &Config) -> Vec<Finding> {
    let mut found = vec![Finding::ok(CHECK, "no server runs with this data directory")];
    let closed = check::closed_addresses(config);
    for one in &closed {
        let ClosedAddress { setting, address, .. } = one;
        let judged = one.finding();
        if one.is_in_use() {
            let next = format!(
                "stop that program, or choose another port with {setting}; `ss -ltnp` names the program"
            );
            found.push(Finding::fault(LISTENERS, format!("another program listens on {address}"), next));
        } else if judged.is_fault {
            let next = format!("set {setting} to an address and a port of this machine");
            found.push(Finding::of_setting(LISTENERS, &judged, &next));
        }
    }
    if found.len() == 1 {
        found.push(Finding::ok(LISTENERS, "the addresses of the configuration are free"));
    }
    found
}

/// Where a server said that it listens, in the data directory.
fn told_address(directory: &Path) -> Option<Url> {
    let bytes = std::fs::read(directory.join("server.json")).ok()?;
    serde_json::from_slice::<ServerAddress>(&bytes).ok()?.url.parse().ok()
}

/// Compares where a server listens to what the configuration says.
fn listeners(config: &Config, told: Option<&Url>) -> Vec<Finding> {
    let main = SocketAddr::new(config.server.address, config.server.port);
    let expected = sockets::url(config, main).parse::<Url>().ok();
    if let (Some(told), Some(expected)) = (told, &expected)
        && config.server.port != 0
        && told != expected
    {
        return vec![Finding::warning(
            LISTENERS,
            format!("the server runs at {told}, but the configuration that doctor reads says {expected}"),
            "give doctor the options with which the server was started, such as --listen; or start the server again, if the configuration was changed",
        )];
    }
    let closed = check::closed_addresses(config);
    let silent = check::addresses(config).into_iter().filter(|(_, address)| {
        address.port() != 0 && !closed.iter().any(|one| one.address == *address && one.is_in_use())
    });
    let mut found: Vec<_> = silent
        .map(|(setting, address)| {
            Finding::fault(
                LISTENERS,
                format!("nothing listens on {address} ({setting}), although the server runs"),
                "start the server again, so that it uses the present configuration; if that does not help, look into its log",
            )
        })
        .collect();
    if found.is_empty() {
        found.push(Finding::ok(LISTENERS, "the server listens where the configuration says"));
    }
    found
}

/// Checks a server that runs. The client with which it was asked comes with the findings, if the server answers.
pub(super) async fn running(
    config: &Config,
    directory: &Path,
    authorization: Option<&str>,
    clock: &dyn Clock,
) -> (Vec<Finding>, Option<Asker>) {
    let told = told_address(directory);
    let mut found = listeners(config, told.as_ref());
    let main = SocketAddr::new(config.server.address, config.server.port);
    let Some(url) = told.or_else(|| sockets::url(config, main).parse().ok()) else { return (found, None) };
    // The certificate is known, and its name need not be that of this machine.
    let trust = match check::certificate_files(config) {
        Ok(Some(files)) if url.scheme() == "https" => std::fs::read(&files.certificate)
            .ok()
            .and_then(|pem| Trust::exactly_in(&pem, &files.certificate).ok()),
        _ => None,
    };
    let asker = match Asker::new(&trust.unwrap_or(Trust::System), url, authorization) {
        Ok(asker) => asker,
        Err(error) => {
            found.push(Finding::of_error(CHECK, format!("{error:#}"), "name another key"));
            return (found, None);
        }
    };
    match readiness(CHECK, &asker, clock).await {
        Ok((ready, _)) => found.push(ready),
        Err(fault) => {
            found.push(fault);
            return (found, None);
        }
    }
    found.extend(version(&asker, clock).await);
    (found, Some(asker))
}

/// Asks a server whether it is ready. Its clock, as the answer shows it, comes with the finding: by how many
/// microseconds this machine is ahead.
pub(super) async fn readiness(
    check: &'static str,
    asker: &Asker,
    clock: &dyn Clock,
) -> Result<(Finding, Option<i64>), Finding> {
    let url = asker.url();
    let answer = asker.get("v1/readyz", clock).await.map_err(|none| none.fault(check))?;
    if answer.body["ready"] == true {
        return Ok((Finding::ok(check, format!("{url} answers and is ready")), answer.ahead_micros));
    }
    if answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.body["code"].is_string() {
        let why = answer.body["detail"].as_str().unwrap_or_default();
        let next = "its log says more; mend what it names, and it becomes ready by itself";
        return Err(Finding::fault(check, format!("{url} answers, but is not ready: {why}"), next));
    }
    let status = answer.status;
    Err(Finding::fault(
        check,
        format!("{url} answers {status}, which is no answer of a Bailiwick server"),
        "check what listens there, and what a proxy in front of the server does with the request",
    ))
}

/// Compares the version of a server to that of this program.
pub(super) async fn version(asker: &Asker, clock: &dyn Clock) -> Option<Finding> {
    let url = asker.url();
    if !asker.has_credential() {
        let next = "name a key with --key-file or BAILIWICK_KEY";
        let why = format!("without a key, {url} does not tell its version and its agents");
        return Some(Finding::skipped(VERSION, why, next));
    }
    let answer = match asker.get("v1/version", clock).await {
        Ok(answer) => answer,
        Err(none) => return Some(none.fault(VERSION)),
    };
    let Some(version) = answer.body["version"].as_str() else {
        let why =
            answer.body["detail"].as_str().unwrap_or("it is no answer of a Bailiwick server").to_owned();
        let next = "name a key that this server knows with --key-file or BAILIWICK_KEY";
        return Some(Finding::fault("key", format!("{url} refuses the key: {why}"), next));
    };
    if version == OWN_VERSION {
        return Some(Finding::ok(VERSION, format!("{url} has version {version}, as this program")));
    }
    Some(Finding::warning(
        VERSION,
        format!("{url} has version {version}, and this program has version {OWN_VERSION}"),
        "start the server again if its program was replaced; otherwise install the same version on both",
    ))
}
