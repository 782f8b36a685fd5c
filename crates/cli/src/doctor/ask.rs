//! Asks servers as their clients do, with a time limit, and says why one does not answer.

use std::error::Error as _;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;
use bailiwick_agent::trust;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use super::finding::{Finding, parted};
use crate::trust::Trust;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const ANSWER_MAX: usize = 4 << 20;
/// The difference between two clocks, in microseconds, from which on it is a fault: servers refuse to work.
const CLOCK_FAULT_MICROS: i64 = 10_000_000;
/// The difference from which on it is a warning.
const CLOCK_WARNING_MICROS: i64 = 1_000_000;

/// A server, as one of its clients.
pub(super) struct Asker {
    client: Client,
    url: Url,
    authorization: Option<HeaderValue>,
}

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// The body; null if it is not JSON.
    pub(super) body: Value,
    /// By how many microseconds this machine's clock is ahead of the server's, at least; negative if behind.
    pub(super) ahead_micros: Option<i64>,
}

/// Why there is no answer.
pub(super) struct NoAnswer {
    what: String,
    next: String,
}

impl NoAnswer {
    fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }

    /// As a fault that a check found.
    pub(super) fn fault(self, check: &'static str) -> Finding {
        Finding::fault(check, self.what, self.next)
    }
}

impl Asker {
    /// A client of a server. `authorization` is sent to this server only.
    pub(super) fn new(trust: &Trust, url: Url, authorization: Option<&str>) -> anyhow::Result<Self> {
        // A test may have installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder().timeout(PATIENCE).redirect(Policy::none()).no_proxy();
        let client = trust.apply(builder)?.build().context("TLS cannot be set up")?;
        let authorization = authorization
            .map(|text| {
                let mut value = HeaderValue::from_str(text)
                    .context("the key contains other characters than a key has")?;
                value.set_sensitive(true);
                anyhow::Ok(value)
            })
            .transpose()?;
        Ok(Self { client, url, authorization })
    }

    /// The address.
    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    /// Whether there is a credential.
    pub(super) const fn has_credential(&self) -> bool {
        self.authorization.is_some()
    }

    /// Reads something of the API.
    pub(super) async fn get(&self, path: &str, clock: &dyn Clock) -> Result<Answer, NoAnswer> {
        self.send(self.client.get(self.at(path)), clock).await
    }

    /// Asks a question that has a body, in an organization if one is named.
    pub(super) async fn post_for(
        &self,
        path: &str,
        organization: Option<&str>,
        body: &Value,
        clock: &dyn Clock,
    ) -> Result<Answer, NoAnswer> {
        let mut url = self.at(path);
        if let Some(organization) = organization {
            url.query_pairs_mut().append_pair("organization", organization);
        }
        self.send(self.client.post(url).json(body), clock).await
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url
    }

    async fn send(&self, request: RequestBuilder, clock: &dyn Clock) -> Result<Answer, NoAnswer> {
        self.resolve().await?;
        let request = match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization.clone()),
            None => request,
        };
        let before = clock.now();
        let mut response = request.send().await.map_err(|error| self.why(&error))?;
        let (status, date) = (response.status(), date(response.headers()));
        let after = clock.now();
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.why(&error))? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > ANSWER_MAX {
                let what = format!("{} answers more than {} MiB", self.url, ANSWER_MAX >> 20);
                return Err(NoAnswer::new(
                    what,
                    "check the address: this is no answer of a Bailiwick server",
                ));
            }
        }
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let ahead_micros = date.map(|seconds| ahead(before, after, seconds));
        Ok(Answer { status, body, ahead_micros })
    }

    /// Finds out whether the name in the address means anything, which is a fault of its own.
    async fn resolve(&self) -> Result<(), NoAnswer> {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = self.url.port_or_known_default().unwrap_or(443);
        let next = "correct the name in the address, or add it to DNS or to /etc/hosts";
        let looked = tokio::net::lookup_host((host.as_str(), port));
        let is_found = async { looked.await.is_ok_and(|mut found| found.next().is_some()) };
        match tokio::time::timeout(PATIENCE, is_found).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NoAnswer::new(format!("{}: the name {host} does not resolve", self.url), next)),
            Err(_) => {
                let what =
                    format!("{}: the name {host} did not resolve within {} s", self.url, PATIENCE.as_secs());
                Err(NoAnswer::new(what, "check the name servers of this machine"))
            }
        }
    }

    fn why(&self, error: &reqwest::Error) -> NoAnswer {
        let url = &self.url;
        if let Some(why) = trust::certificate_error(error) {
            let (why, next) = parted(&trust::explain(why));
            let next = next.unwrap_or_else(|| {
                "use a name that the certificate has, or make one that has this name".to_owned()
            });
            return NoAnswer::new(format!("the certificate of {url} is not trusted: {why}"), next);
        }
        if url.scheme() == "https"
            && matches!(trust::tls_error(error), Some(rustls::Error::InvalidMessage(_)))
        {
            return NoAnswer::new(
                format!("{url} answers in plain HTTP"),
                "write http:// in the address, or switch TLS on",
            );
        }
        let mut cause = error.source();
        while let Some(next) = cause.and_then(std::error::Error::source) {
            cause = Some(next);
        }
        let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        if error.is_connect() {
            let next =
                "check that the server runs, that the address is right, and that no firewall is in between";
            return NoAnswer::new(format!("{url} cannot be reached{cause}"), next);
        }
        if error.is_timeout() {
            let what = format!("{url} did not answer within {} s", PATIENCE.as_secs());
            return NoAnswer::new(what, "look into the log of the server, and at the load of its machine");
        }
        NoAnswer::new(format!("{url} gave no valid answer{cause}"), "check what listens at this address")
    }
}

/// The time in the header `Date`, in seconds since 1970.
fn date(headers: &HeaderMap) -> Option<i64> {
    let time = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// By how many microseconds a clock that said `before` and `after` is ahead of one that said the whole second `then`
/// in between.
fn ahead(before: Timestamp, after: Timestamp, then: i64) -> i64 {
    let (before, after) = (before.as_micros(), after.as_micros());
    let (first, last) = (then.saturating_mul(1_000_000), then.saturating_add(1).saturating_mul(1_000_000));
    if before > last {
        before.saturating_sub(last)
    } else if after < first {
        after.saturating_sub(first)
    } else {
        0
    }
}

/// Compares this machine's clock with another one, which `whose` names.
pub(super) fn judge_clock(check: &'static str, whose: &str, ahead_micros: i64) -> Option<Finding> {
    let off = ahead_micros.saturating_abs();
    let direction = if ahead_micros > 0 { "ahead of" } else { "behind" };
    let text = format!("the clock of this machine is {} s {direction} that of {whose}", off / 1_000_000);
    let next = "synchronize both clocks with the same time servers (NTP)";
    match off {
        CLOCK_FAULT_MICROS.. => Some(Finding::fault(check, text, next)),
        CLOCK_WARNING_MICROS.. => Some(Finding::warning(check, text, next)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Mark;
    use super::*;

    #[test]
    fn clocks_are_compared_within_what_a_second_can_tell() {
        let at = |millis: i64| Timestamp::from_micros(millis * 1_000);
        for (before, after, then, expected) in [
            (10_000, 10_100, 10, 0),
            (10_999, 11_100, 10, 0),
            (11_500, 11_600, 10, 500_000),
            (40_000, 40_100, 10, 29_000_000),
            (5_000, 5_100, 10, -4_900_000),
        ] {
            assert_eq!(ahead(at(before), at(after), then), expected, "{before}");
        }
        let mark = |micros| judge_clock("clock", "the server", micros).map(|finding| finding.mark);
        assert_eq!((mark(999_999), mark(-1_000_000)), (None, Some(Mark::Warning)));
        assert_eq!(mark(-10_000_000), Some(Mark::Fault));
        let text = judge_clock("clock", "the database", -12_000_000).unwrap().finding;
        assert_eq!(text, "the clock of this machine is 12 s behind that of the database");
    }
}
