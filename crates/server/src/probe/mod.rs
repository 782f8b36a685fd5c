//! Health checks of exporters that no agent of ours runs. Each is one GET request to the address in the
//! exporter's record, without redirects, not to addresses that are off limits for the server, with a
//! timeout, and with few at once. Only the status of the answer counts.

mod address;

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::agent::REPORTED_MAX;
use bailiwick_domain::id::AgentId;
use bailiwick_engine::error::Error;
use bailiwick_fleet::Fleet;
use bailiwick_fleet::Probe;
use futures::StreamExt as _;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio_util::sync::CancellationToken;

use self::address::{Resolver, Rules};
use crate::config::Probes;

/// How long an exporter may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many exporters are checked at once.
const AT_ONCE: usize = 16;
/// How many exporters one server claims at once, so that other servers get a share, too.
const TAKEN: u32 = 64;
/// How often the server looks for exporters that are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Checks exporters.
#[derive(Clone, Debug)]
pub struct Prober {
    verifying: Client,
    trusting: Client,
    rules: Rules,
    interval_seconds: i64,
}

impl Prober {
    /// Makes a prober with the limits in the configuration.
    pub fn new(config: &Probes) -> reqwest::Result<Self> {
        // This is the only provider in use; another part of the program may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let rules = Rules { allow_loopback: config.allow_loopback };
        let client = |accepts_any: bool| {
            Client::builder()
                .dns_resolver(Resolver(rules))
                .redirect(Policy::none())
                .no_proxy()
                .timeout(PATIENCE)
                .pool_max_idle_per_host(0)
                .user_agent("bailiwick")
                .tls_danger_accept_invalid_certs(accepts_any)
                .build()
        };
        Ok(Self {
            verifying: client(false)?,
            trusting: client(true)?,
            rules,
            interval_seconds: config.interval_seconds.into(),
        })
    }

    /// Checks the exporters that are due, again and again, until `stop`.
    pub async fn run(self, fleet: Arc<Fleet>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            if let Some(Err(error)) = stop.run_until_cancelled(self.ask_due(&fleet)).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "external exporters could not be probed");
            }
        }
    }

    /// Checks the exporters that are due now.
    pub async fn ask_due(&self, fleet: &Fleet) -> Result<(), Error> {
        loop {
            let probes = fleet.take_probes(self.interval_seconds, TAKEN).await?;
            let is_last = probes.len() < TAKEN as usize;
            let outcomes: Vec<(AgentId, Result<(), String>)> = futures::stream::iter(probes)
                .map(|probe| async move { (probe.agent, self.ask(&probe).await) })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            if !outcomes.is_empty() {
                fleet.note_probes(outcomes).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Checks one exporter. The error says why it does not answer.
    async fn ask(&self, probe: &Probe) -> Result<(), String> {
        if let Some(why) = &probe.withheld {
            let mut why = why.clone();
            why.truncate(why.floor_char_boundary(REPORTED_MAX));
            return Err(why);
        }
        let url = self.rules.url(probe)?;
        let client = if probe.skips_verification { &self.trusting } else { &self.verifying };
        let mut request = client.get(url);
        if let Some((user, password)) = &probe.credential {
            request = request.basic_auth(user, Some(password.as_str()));
        }
        match request.send().await.map(|answer| answer.status()) {
            Ok(StatusCode::OK) => Ok(()),
            Ok(status) => {
                Err(format!("the request for the metrics was answered with status {}", status.as_u16()))
            }
            Err(error) if error.is_timeout() => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            Err(error) => {
                let mut why = innermost(&error.without_url());
                why.truncate(why.floor_char_boundary(REPORTED_MAX));
                Err(why)
            }
        }
    }
}

/// The root cause of an error.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
