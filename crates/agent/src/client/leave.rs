//! Telling the server that the agent is uninstalled.

use std::path::Path;
use std::time::Duration;

use bailiwick_domain::outside::{Clock, Entropy};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full, Limited};

use super::address::Address;
use super::dial::Dialer;
use super::polling::{self, ERROR_MAX, PATIENCE};
use super::refusal::NoConnection;
use super::wire::Ticket;
use crate::identity::{Identity, IdentityError};
use crate::trust::TlsError;

/// For how long the server is asked again, while it does not know whether the agent still runs.
const AGAIN_FOR: Duration = Duration::from_secs(60);
/// How long to wait at least and at most before the server is asked again.
const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// Why the agent could not tell the server.
#[derive(Debug, thiserror::Error)]
pub enum NotLeft {
    /// The data directory cannot be used. If an agent runs with it, that agent must be stopped first.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The agent is not enrolled, so there is nothing to tell.
    #[error("this agent is not enrolled, so no server has to be told")]
    NotEnrolled,
    /// The server could not be told.
    #[error(
        "{server} could not be told: {why}. Delete the agent there: bailiwick agents delete NODE/bailiwick_agent"
    )]
    NotTold {
        /// The server.
        server: String,
        /// The reason.
        why: NoConnection,
    },
}

/// Tells the server that the agent of a data directory is uninstalled, and deletes its credential. The server deletes
/// the agent and its key; the node stays in the inventory. Returns the server's address.
///
/// If the agent did not say that it stops, the server refuses until it would have heard from it: then `waits` is called once with
/// the reason, and the server is asked again, for a minute.
pub async fn leave(
    data: &Path,
    ca: Option<&Path>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
    waits: impl FnOnce(&str),
) -> Result<String, NotLeft> {
    let identity = Identity::open(data, clock, entropy)?;
    let credentials = identity.credentials()?;
    let valid = credentials.valid().ok_or(NotLeft::NotEnrolled)?;
    let address = credentials.server().and_then(|server| server.parse::<Address>().ok());
    let address = address.ok_or(NotLeft::NotEnrolled)?;
    let server = address.to_string();
    let dialer = Dialer::new(address, ca)?;
    let ticket = Ticket { authorization: valid.authorization.clone(), instance_uid: identity.instance_uid() };
    let told = tell_until_believed(&dialer, &ticket, waits).await;
    told.map_err(|why| NotLeft::NotTold { server: server.clone(), why })?;
    credentials.delete()?;
    Ok(server)
}

async fn tell_until_believed(
    dialer: &Dialer,
    ticket: &Ticket,
    waits: impl FnOnce(&str),
) -> Result<(), NoConnection> {
    let until = tokio::time::Instant::now() + AGAIN_FOR;
    let mut waits = Some(waits);
    loop {
        let told = tokio::time::timeout(PATIENCE, tell(dialer, ticket)).await;
        match told.unwrap_or_else(|_| Err(NoConnection::Broken("it did not answer in time".to_owned()))) {
            Err(NoConnection::Busy { why, retry_after: Some(wait) })
                if tokio::time::Instant::now() < until =>
            {
                if let Some(waits) = waits.take() {
                    waits(&why);
                }
                tokio::time::sleep(wait.clamp(AGAIN.0, AGAIN.1)).await;
            }
            told => return told,
        }
    }
}

async fn tell(dialer: &Dialer, ticket: &Ticket) -> Result<(), NoConnection> {
    let broken = |error: &dyn std::fmt::Display| NoConnection::Broken(error.to_string());
    let mut connection = polling::open(dialer).await?;
    let address = dialer.address();
    let mut request = Request::delete(address.path())
        .header(header::HOST, address.authority())
        .body(Full::new(Bytes::new()))
        .map_err(|error| broken(&error))?;
    ticket.headers(request.headers_mut())?;
    let response = connection.send_request(request).await.map_err(|error| broken(&error))?;
    let (parts, body) = response.into_parts();
    if parts.status.is_success() {
        return Ok(());
    }
    let body = Limited::new(body, ERROR_MAX).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    Err(NoConnection::of_answer(parts.status, &parts.headers, &body, false))
}
