//! `server.metrics_address`: what the server measures of itself, for a monitoring system on the same machine. It needs no
//! key, speaks plain HTTP, and answers `GET /metrics` and nothing else.
//!
//! A page in a browser on this machine could send requests there, too. A page of another site may not read the answers;
//! but a site can give its own name this machine's address (DNS rebinding). So a request that names a host other than
//! this machine is refused.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bailiwick_catalogue::catalogue;
use bailiwick_domain::party::{Parties, Party};
use bailiwick_engine::error::Error;
use bailiwick_operations::ids;
use bailiwick_operations::metrics::Metrics;
use http::header::{HOST, VARY};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, StatusCode, Version};
use tokio::sync::Semaphore;

use crate::app::App;
use crate::metrics::{PATH, TextFormat};
use crate::problem::HttpError;
use crate::rest::{RequestLine, client_address, unknown_path};
use crate::{query, respond};

/// How many requests are answered at once. Others wait, as long as a request may take.
const AT_ONCE: usize = 2;

/// What requests to the address share.
struct Local {
    app: Arc<App>,
    turns: Semaphore,
}

/// The router of `server.metrics_address`.
pub fn router(app: &Arc<App>) -> Router {
    let local = Local { app: Arc::clone(app), turns: Semaphore::new(AT_ONCE) };
    Router::new().fallback(handle).with_state(Arc::new(local))
}

async fn handle(State(local): State<Arc<Local>>, request: Request) -> Response {
    let began = Instant::now();
    let app = &local.app;
    let request_id = app.control.new_request_id();
    let (parts, _) = request.into_parts();
    let client = client_address(app, &parts);
    if let Err(error) = check(&parts) {
        return respond::refusal(app, &error);
    }
    let patience = app.request_timeout;
    let read = tokio::time::timeout(patience, local.read(client)).await;
    let read = read.unwrap_or(Err(HttpError::Timeout { seconds: patience.as_secs() }));
    let response = match &read {
        Ok(metrics) => {
            let format = TextFormat::wanted(&parts.headers);
            let is_head = parts.method == Method::HEAD;
            let body = if is_head { Body::empty() } else { format.write(metrics).into() };
            let mut response =
                respond::base(StatusCode::OK.as_u16(), format.content_type(), body, request_id);
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
            response
        }
        Err(error) => respond::error(error, None, request_id),
    };
    if let Some(operation) = catalogue().get(ids::SERVER_METRICS.as_str()) {
        let error = read.as_ref().err();
        let line = RequestLine {
            control: &app.control,
            operation: operation.spec,
            request_id,
            client,
            actor: None,
            code: error.map(HttpError::code),
            began,
        };
        line.write_failure(error.and_then(HttpError::failure));
        line.write(response.status().as_u16());
    }
    response
}

impl Local {
    async fn read(&self, client: IpAddr) -> Result<Metrics, HttpError> {
        // The turns are never given up; a request that waits for too long is told so.
        let _turn = self.turns.acquire().await.map_err(|_| HttpError::Overloaded)?;
        let control = &self.app.control;
        let parties = Parties { caller: Party::Network(client.into()), organization: None };
        let store = control.store().for_request(parties);
        Ok(Metrics::read(control, &store, control.now()).await?)
    }
}

/// Refuses all but `GET /metrics` and `HEAD /metrics` without parameters, for this machine.
fn check(parts: &Parts) -> Result<(), HttpError> {
    let mut named = parts.headers.get_all(HOST).iter();
    let (host, is_single) = (named.next(), named.next().is_none());
    if !is_single || (host.is_none() && parts.version == Version::HTTP_11) {
        return Err(HttpError::HostMissing);
    }
    let host = host.map(|host| host.as_bytes().try_into().ok());
    let mut names = host.into_iter().chain(parts.uri.authority().cloned().map(Some)).peekable();
    if names.peek().is_none() || !names.all(|name| name.as_ref().is_some_and(is_local)) {
        return Err(HttpError::HostNotLocal);
    }
    if parts.uri.path() != PATH {
        return Err(unknown_path(&parts.uri));
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(HttpError::MethodNotAllowed { allow: "GET, HEAD".into() });
    }
    match query::parse(parts.uri.query())?.into_iter().next() {
        None => Ok(()),
        Some((name, _)) => Err(Error::invalid(name, "expected no parameters").into()),
    }
}

/// Whether a host is this machine, by a name that no other machine can have.
fn is_local(host: &Authority) -> bool {
    let name = host.host();
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let is_loopback = address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback());
    is_loopback || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for name in ["localhost", "LocalHost:9464", "127.0.0.1:9464", "127.1.2.3", "[::1]:9464", "[::1]"] {
            assert!(is_local(&name.parse().unwrap()), "{name}");
        }
        for name in [
            "evil.example.com:9464",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "example.localhost",
            "192.0.2.1",
            "0.0.0.0",
            "[::]",
            "2130706433",
        ] {
            assert!(!is_local(&name.parse().unwrap()), "{name}");
        }
    }
}
