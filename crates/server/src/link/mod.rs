//! The endpoint for agents: OpAMP over WebSocket, or over plain HTTP requests by polling.

mod poll;
mod socket;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use bailiwick_domain::organization::OrganizationRef;
use bailiwick_engine::admission;
use bailiwick_engine::error::Error;
use bailiwick_fleet::Guest;
use http::header::USER_AGENT;
use http::request::Parts;
use hyper_util::rt::TokioIo;

use crate::app::App;
use crate::conversation::bounds::{KeyPlace, MessageBounds, Reading};
use crate::conversation::session::Session;
use crate::places::REFUSED_AFTER;
use crate::problem::HttpError;
use crate::web_socket::{self, Socket};
use crate::{credential, places, query, respond, rest};

/// The header in which a root key names an organization.
const ORGANIZATION: &str = "x-organization";
/// The path of the endpoint.
pub(crate) const PATH: &str = "/v1/opamp";

/// Answers a request to the endpoint for agents: a message of a polling client with POST, a WebSocket with GET, and the
/// end of an agent that was uninstalled with DELETE.
pub(crate) async fn handle(app: Arc<App>, request: Request) -> Response {
    let request_id = app.control.new_request_id();
    let (parts, body) = request.into_parts();
    let client = rest::client_address(&app, &parts);
    let received = receive(&app, &parts, client, request_id);
    let answered = match received {
        Ok((guest, admitted)) if parts.method == http::Method::POST => {
            let patience = app.request_timeout;
            let answered = async {
                if !poll::is_poll(&parts.headers) {
                    return Err(poll::unsupported(&parts.headers));
                }
                poll::answer(&app, guest, &admitted.place, &parts.headers, body).await
            };
            let answered = tokio::time::timeout(patience, answered).await;
            if let Ok(Err(_)) = &answered {
                tokio::time::sleep(REFUSED_AFTER).await;
            }
            drop(admitted);
            answered.unwrap_or(Err(HttpError::Timeout { seconds: patience.as_secs() }))
        }
        Ok((guest, admitted)) if parts.method == http::Method::DELETE => {
            leave(&app, guest, admitted).await.map(|()| respond::no_content(request_id))
        }
        Ok((guest, admitted)) => upgrade(&app, parts, guest, admitted),
        Err(error) => {
            if matches!(error, HttpError::Overloaded) {
                tokio::time::sleep(REFUSED_AFTER).await;
            }
            Err(error)
        }
    };
    answered.unwrap_or_else(|error| {
        let (code, status) = (error.code(), error.status());
        tracing::info!(target: "bailiwick::link", %request_id, status, code, %client, "an OpAMP client was refused");
        app.control.measures().refusals().note(code);
        respond::error(&error, None, request_id)
    })
}

/// Deletes an agent that was uninstalled. This goes on if the client disconnects, as all changes do.
async fn leave(app: &App, guest: Guest, admitted: Admitted) -> Result<(), HttpError> {
    let left = app.changes.spawn(async move {
        let _admitted = admitted;
        guest.leave().await
    });
    let patience = app.request_timeout;
    match tokio::time::timeout(patience, left).await {
        Ok(left) => Ok(left.map_err(|_| Error::internal("panicked"))??),
        Err(_) => Err(HttpError::Timeout { seconds: patience.as_secs() }),
    }
}

/// Authenticates a client by its credential, and gives it a place among the clients that connect, or among
/// those that poll, so that neither group can crowd out the other.
fn receive(
    app: &Arc<App>,
    parts: &Parts,
    client: IpAddr,
    request_id: bailiwick_domain::id::RequestId,
) -> Result<(Guest, Admitted), HttpError> {
    let mut pairs = query::parse(parts.uri.query())?;
    let organization = match query::organization(&mut pairs)? {
        Some(organization) => Some(organization),
        // Some clients drop the query of their endpoint's URL.
        None => named_by_header(&parts.headers)?,
    };
    if let Some((name, _)) = pairs.first() {
        return Err(Error::invalid(name, "this query parameter is unknown").into());
    }
    let request = admission::Request {
        id: request_id,
        address: client,
        credential: credential::from_request(&parts.headers, false)?,
        organization,
        if_match: None,
        user_agent: parts.headers.get(USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned),
    };
    let guest = app.fleet.receive(request)?;
    let key = guest.key().ok_or(Error::CredentialMissing)?;
    // A single key must not take all the places.
    let place = app.links.places.take(key, &MessageBounds::of(&guest)).ok_or(HttpError::Overloaded)?;
    let places = if parts.method == http::Method::GET { &app.links.handshakes } else { &app.links.polls };
    let among_all = places.take(guest.parties(), 1).ok_or(HttpError::Overloaded)?;
    Ok((guest, Admitted { place, _among_all: among_all }))
}

/// A client's places: among those with its key, and among all.
struct Admitted {
    place: KeyPlace,
    _among_all: places::Place,
}

/// The organization that a root key names in the header `X-Organization`.
fn named_by_header(headers: &http::HeaderMap) -> Result<Option<OrganizationRef>, HttpError> {
    let mut values = headers.get_all(ORGANIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::invalid(ORGANIZATION, "expected this header only once").into());
    }
    let named = value.to_str().map_err(|error| error.to_string());
    let named =
        named.and_then(|text| text.trim().parse::<OrganizationRef>().map_err(|error| error.to_string()));
    Ok(Some(named.map_err(|error| Error::invalid(ORGANIZATION, error))?))
}

/// Upgrades a request to a WebSocket.
fn upgrade(
    app: &Arc<App>,
    mut parts: Parts,
    guest: Guest,
    admitted: Admitted,
) -> Result<Response, HttpError> {
    let (upgrade, response) = web_socket::accept(&mut parts)?;
    let bounds = MessageBounds::of(&guest);
    let room = app.links.room.clone();
    let (memory, parties) = (Arc::clone(&app.links.unfinished), guest.parties());
    let session = Session::new(Arc::clone(&app.fleet), guest, room.clone(), app.links.warnings.clone());
    let stop = app.links.stop.clone();
    app.links.open.spawn(async move {
        // A client that has hung up is not upgraded.
        let Ok(upgraded) = upgrade.await else { return };
        // The OpAMP header takes one more byte.
        let socket = Socket::new(TokioIo::new(upgraded), bounds.bytes + 1, memory, parties).await;
        socket::serve(socket, session, Reading { bounds, room }, admitted, stop).await;
    });
    Ok(response)
}
