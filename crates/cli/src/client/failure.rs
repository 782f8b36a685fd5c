//! Explanations of calls that did not get through, and of answers that no Bailiwick server gave.

use std::error::Error as _;

use bailiwick_agent::trust;
use reqwest::{StatusCode, Url};
use serde_json::Value;

use super::redirects::redirected;

/// What went wrong with a call, and what to do. `nothing_here` is the data directory that was searched in
/// vain for the address of a server.
pub(super) fn explain(error: reqwest::Error, url: &Url, nothing_here: Option<&str>) -> anyhow::Error {
    if let Some(redirected) = redirected(&error) {
        return anyhow::Error::msg(format!("{url}: {redirected}"));
    }
    let is_https = url.scheme() == "https";
    let hint = if let Some(why) = trust::certificate_error(&error) {
        format!("the server's certificate is not trusted: {}, or use --insecure", trust::explain(why))
    } else if is_https && matches!(trust::tls_error(&error), Some(rustls::Error::InvalidMessage(_))) {
        "the server answers in plain HTTP: write http:// instead of https:// in the address".to_owned()
    } else if !is_https && speaks_no_http(&error) {
        "the answer is not HTTP: if the server expects HTTPS, write https:// instead of http:// in the address"
            .to_owned()
    } else if error.is_connect() {
        "the connection failed: check that the server is running (`bailiwick up` starts one), or name another one with --url".to_owned()
    } else if error.is_timeout() {
        "the server did not answer in time: try again, or look into its log".to_owned()
    } else {
        "the request failed: try again, or look into the log of the server or of a proxy in front of it"
            .to_owned()
    };
    let place = nothing_here.map(|data| {
        format!(
            "\n  {data} does not contain the address of a server: name the data directory with --data, or the server with BAILIWICK_URL and its key with BAILIWICK_KEY; or log in with `bailiwick login --url URL`"
        )
    });
    let place = place.unwrap_or_default();
    let text = format!("{url}: {hint}{place}");
    // What lies between is about the libraries, and says nothing about the server or the network.
    match last_cause(&error) {
        Some(cause) => anyhow::Error::msg(cause).context(text),
        None => anyhow::Error::msg(text),
    }
}

/// The last of the causes of an error, as text.
fn last_cause(error: &reqwest::Error) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(next) = cause.source() {
        cause = next;
    }
    Some(cause.to_string())
}

/// Whether the answer was not HTTP.
fn speaks_no_http(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let text = error.to_string().to_lowercase();
        if text.contains("message") || text.contains("http version") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the body of an error is that of a Bailiwick server: a problem, or errors of GraphQL.
pub(super) fn is_of_a_server(body: &Value) -> bool {
    body.get("detail").is_some_and(Value::is_string) || body.get("errors").is_some()
}

/// A problem for an answer that has none: a proxy on the way made it, or another server.
pub(super) fn without_problem(status: StatusCode, url: &Url) -> Value {
    let hint = match status.as_u16() {
        502..=504 => {
            "a proxy in front of the server did not reach it, or waited too long for it: check that the server runs, and look into the proxy's log"
        }
        413 => {
            "a proxy in front of the server does not let so much through at once: raise its limit, as the guides for proxies say, or send less at a time"
        }
        _ => {
            "this is no answer of a Bailiwick server: check the address, and what a proxy in front of the server does with the request"
        }
    };
    serde_json::json!({
        "status": status.as_u16(),
        "detail": format!("{status} from {url}"),
        "hints": [{ "hint": "no_answer_of_bailiwick", "text": hint }],
    })
}
