//! Messages over plain HTTP: each message is a request, and the server's message is the response.

use std::time::Duration;

use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use bailiwick_link::{frame, weight};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use prost::Message as _;
use tokio::sync::mpsc;

use super::dial::Dialer;
use super::refusal::NoConnection;
use super::wire::{Ticket, Wire};

/// How long the server may take to respond.
pub(super) const PATIENCE: Duration = Duration::from_secs(26);
/// The most bytes of an error response.
pub(super) const ERROR_MAX: usize = 64 << 10;
const MEDIA_TYPE: &str = "application/x-protobuf";

/// Prepares a connection, which is made when the first message is sent.
pub(super) fn connect(dialer: Dialer, ticket: Ticket) -> Wire {
    let (outgoing, mut to_send) = mpsc::channel::<AgentToServer>(1);
    let (heard, incoming) = mpsc::channel(8);
    #[allow(clippy::disallowed_methods, reason = "it ends when `outgoing` of its `Wire` is dropped")]
    let task = tokio::spawn(async move {
        let mut sender = None;
        while let Some(message) = to_send.recv().await {
            let asked = tokio::time::timeout(PATIENCE, ask(&dialer, &ticket, &mut sender, &message)).await;
            let answer = asked.unwrap_or_else(|_| {
                Err(NoConnection::Broken("the server did not answer in time".to_owned()))
            });
            let is_last = answer.is_err();
            if heard.send(answer).await.is_err() || is_last {
                return;
            }
        }
    });
    Wire { outgoing, incoming, task, is_polled: true }
}

/// Opens a connection for requests.
pub(super) async fn open(dialer: &Dialer) -> Result<SendRequest<Full<Bytes>>, NoConnection> {
    let broken = |error: &dyn std::fmt::Display| NoConnection::Broken(error.to_string());
    let stream = dialer.dial().await?;
    let (made, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
    #[allow(
        clippy::disallowed_methods,
        reason = "it ends when the request that uses the connection drops it"
    )]
    tokio::spawn(async move {
        // The error reaches the request that uses the connection.
        let _ = connection.await;
    });
    Ok(made)
}

async fn ask(
    dialer: &Dialer,
    ticket: &Ticket,
    sender: &mut Option<SendRequest<Full<Bytes>>>,
    message: &AgentToServer,
) -> Result<ServerToAgent, NoConnection> {
    let broken = |error: &dyn std::fmt::Display| NoConnection::Broken(error.to_string());
    // A connection that the server has closed meanwhile is replaced.
    let ready = match sender.take() {
        Some(mut kept) => kept.ready().await.is_ok().then_some(kept),
        None => None,
    };
    let mut connection = match ready {
        Some(ready) => ready,
        None => open(dialer).await?,
    };
    let address = dialer.address();
    let mut request = Request::post(address.path())
        .header(header::HOST, address.authority())
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::ACCEPT, MEDIA_TYPE)
        .body(Full::new(Bytes::from(message.encode_to_vec())))
        .map_err(|error| broken(&error))?;
    ticket.headers(request.headers_mut())?;
    let response = connection.send_request(request).await.map_err(|error| {
        if error.is_parse() && !address.is_tls() {
            return NoConnection::Stranger(
                "its answer is not HTTP; if it expects TLS, write https:// in the address".to_owned(),
            );
        }
        broken(&error)
    })?;
    let (parts, body) = response.into_parts();
    let is_good = parts.status.is_success();
    let most = if is_good { frame::TO_AGENT_MAX } else { ERROR_MAX };
    let body = match Limited::new(body, most).collect().await {
        Ok(body) => body.to_bytes(),
        // The status counts even if the body cannot be read.
        Err(_) if !is_good => Bytes::new(),
        Err(error) => return Err(broken(&error)),
    };
    let kind = parts.headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if !is_good {
        return Err(NoConnection::of_answer(parts.status, &parts.headers, &body, false));
    }
    if kind != Some(MEDIA_TYPE.as_bytes()) {
        return Err(NoConnection::Stranger(format!(
            "it answered {} without the content type {MEDIA_TYPE}",
            parts.status
        )));
    }
    *sender = Some(connection);
    weight::decode::<ServerToAgent>(&body, frame::TO_AGENT_HELD_MAX)
        .map_err(|error| NoConnection::Stranger(format!("its answer is not an OpAMP message: {error}")))
}
