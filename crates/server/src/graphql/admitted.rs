//! The admission of a client to a connection for subscriptions.

use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::id::{OrganizationId, RequestId};
use bailiwick_domain::party::Parties;
use bailiwick_engine::admission::Credential;
use bailiwick_engine::memory::streams::OpenStream;

use super::protocol::Closing;
use super::requester::{self, Requester};
use crate::app::App;
use crate::callers::Callers;
use crate::credential;
use crate::places::Place;
use crate::problem::HttpError;

/// An acknowledged connection's stream, which ends when the caller loses the right to it, and its place among those that
/// watch.
pub(super) struct Open {
    pub(super) stream: OpenStream,
    pub(super) parties: Parties,
    pub(super) organization: Option<OrganizationId>,
    _watcher: Place,
}

/// Admits a caller to a connection.
pub(super) fn admit(app: &Arc<App>, requester: &Requester) -> Result<Open, Closing> {
    let request_id = app.control.new_request_id();
    let admitted = requester::first_operation().and_then(|first| {
        let cx = requester.admit(app, first, request_id)?;
        let watcher = app.watchers.take(cx.parties(), 1).ok_or(HttpError::Overloaded)?;
        let organization = cx.organization().map(|organization| organization.id);
        Ok(Open { stream: cx.open_stream()?, parties: cx.parties(), organization, _watcher: watcher })
    });
    admitted.map_err(|error| {
        log_refusal(&error, request_id, requester.client);
        Closing::refused(&error, request_id)
    })
}

/// Admits a caller by the credential of the handshake; `None` if it has none, or one that is not well formed.
pub(super) fn admit_early(app: &Arc<App>, requester: &Requester) -> Option<Result<Open, Closing>> {
    let takes_sessions = requester.callers == Callers::All;
    let found = credential::from_request(&requester.headers, takes_sessions);
    matches!(found, Ok(Credential::Key(_) | Credential::Session(_))).then(|| admit(app, requester))
}

/// Logs that a client was not connected.
pub(super) fn log_refusal(error: &HttpError, request_id: RequestId, client: IpAddr) {
    let (code, status) = (error.code(), error.status());
    tracing::info!(target: "bailiwick::request", %request_id, status, code, %client, "a WebSocket for subscriptions was refused");
}
