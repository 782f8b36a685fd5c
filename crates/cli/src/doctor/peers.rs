//! Servers as others reach them: the addresses for clients, and the other servers of the same database.

use std::path::Path;

use bailiwick_domain::outside::Clock;
use bailiwick_server::check;
use bailiwick_server::config::{Config, Tls};
use reqwest::Url;

use super::ask::{Asker, judge_clock};
use super::finding::{Finding, Mark};
use super::running::{readiness, version};
use crate::client::is_in_clear;
use crate::trust::Trust;

/// The name of the check of addresses for clients.
const ADDRESS: &str = "address";
/// The name of the check of other servers.
const PEERS: &str = "peers";
/// The name of the check of proxies.
const PROXIES: &str = "proxies";

/// The certificates that clients are expected to trust: those in the file that was named; or for an address of the
/// server itself with a self-signed certificate, that one.
fn trust(config: &Config, url: &Url, ca: Option<&Path>) -> anyhow::Result<Trust> {
    if let Some(ca) = ca {
        return Trust::issuers(ca);
    }
    let is_own =
        url.port_or_known_default() == Some(config.server.port) && config.server.certificate.is_none();
    match check::certificate_files(config) {
        Ok(Some(files)) if is_own => Trust::issuers(&files.certificate),
        _ => Ok(Trust::System),
    }
}

/// Checks the addresses by which clients reach the server.
pub(super) async fn addresses(
    config: &Config,
    urls: &[Url],
    ca: Option<&Path>,
    is_running: bool,
    clock: &dyn Clock,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for url in urls {
        if !is_running {
            let why = format!("{url} was not asked, because no server runs");
            found.push(Finding::skipped(ADDRESS, why, "start the server, and run doctor again"));
            continue;
        }
        let asker = trust(config, url, ca).and_then(|trust| Asker::new(&trust, url.clone(), None));
        found.push(match asker {
            Ok(asker) => match readiness(ADDRESS, &asker, clock).await {
                Ok((ready, _)) => ready,
                Err(fault) => fault,
            },
            Err(error) => Finding::of_error(ADDRESS, format!("{error:#}"), "name another file with --ca"),
        });
    }
    found
}

/// Checks whether a reverse proxy is used that the server does not trust: all its clients would count as one.
pub(super) fn proxies(config: &Config, urls: &[Url]) -> Option<Finding> {
    let server = &config.server;
    let own = [Some(server.port), server.http_port];
    let through = urls.iter().find(|url| {
        let is_other_port = !own.contains(&url.port_or_known_default());
        is_other_port || (url.scheme() == "https") != (server.tls == Tls::On)
    });
    let integration = server.integration_address.unwrap_or(server.address);
    let why = match through {
        Some(url) => format!("clients reach {url}, which is not where this server listens"),
        None if config.flags.enable_integration_api && integration.is_loopback() => {
            format!("the integration port is on {integration}")
        }
        None => return None,
    };
    if !server.trusted_proxies.is_empty() {
        return Some(Finding::ok(PROXIES, format!("{why}, and server.trusted_proxies names proxies")));
    }
    Some(Finding::warning(
        PROXIES,
        format!(
            "{why}, so there is a reverse proxy; but server.trusted_proxies is empty, so all its clients count as one and share its limits"
        ),
        "add the address of the proxy to server.trusted_proxies, such as 127.0.0.1/32",
    ))
}

/// Checks the other servers of the database. `others` are machines that are known to be connected to it.
pub(super) async fn check(
    peers: &[Url],
    others: &[String],
    ca: Option<&Path>,
    authorization: Option<&str>,
    clock: &dyn Clock,
) -> Vec<Finding> {
    let mut found = Vec::new();
    if peers.is_empty() && !others.is_empty() {
        let why = format!("servers of other machines use this database: {}", others.join(", "));
        found.push(Finding::skipped(
            PEERS,
            why,
            "name their addresses with --peer, and run doctor on their machines, too",
        ));
    }
    for url in peers {
        // Others on the network could read the key.
        let authorization = authorization.filter(|_| !is_in_clear(url));
        let trust = ca.map_or(Ok(Trust::System), Trust::issuers);
        let asker = match trust.and_then(|trust| Asker::new(&trust, url.clone(), authorization)) {
            Ok(asker) => asker,
            Err(error) => {
                found.push(Finding::of_error(PEERS, format!("{error:#}"), "name another file with --ca"));
                continue;
            }
        };
        match readiness(PEERS, &asker, clock).await {
            Ok((ready, ahead)) => {
                let off = ahead.and_then(|ahead| judge_clock(PEERS, url.as_str(), ahead));
                found.push(off.unwrap_or(ready));
                found.extend(version(&asker, clock).await.filter(|about| about.mark != Mark::Ok));
            }
            Err(fault) => found.push(fault),
        }
    }
    found
}
