//! Messages to and from the server, independent of the transport.

use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::refusal::NoConnection;

/// The value of the `User-Agent` header.
pub(super) const USER_AGENT: &str = concat!("bailiwick-agent/", env!("CARGO_PKG_VERSION"));

/// A connection that carries messages. It closes when `outgoing` is dropped.
pub(super) struct Wire {
    /// Messages to the server. There is room for the next one when the one before is being sent.
    pub(super) outgoing: mpsc::Sender<AgentToServer>,
    /// Messages from the server; the last item is the reason why the connection ended.
    pub(super) incoming: mpsc::Receiver<Result<ServerToAgent, NoConnection>>,
    /// The task that sends; it ends when all messages are sent.
    pub(super) task: JoinHandle<()>,
    /// Whether the server can send messages only as responses.
    pub(super) is_polled: bool,
}

/// The credential and identity for a connection.
pub(super) struct Ticket {
    /// The value of the `Authorization` header.
    pub(super) authorization: Zeroizing<String>,
    /// The value of the `OpAMP-Instance-UID` header.
    pub(super) instance_uid: uuid::Uuid,
}

impl Ticket {
    /// Adds the headers that all requests have.
    pub(super) fn headers(&self, headers: &mut http::HeaderMap) -> Result<(), NoConnection> {
        let bad = |_| NoConnection::Broken("the credential is not valid as the value of a header".to_owned());
        let mut authorization = http::HeaderValue::from_str(&self.authorization).map_err(bad)?;
        authorization.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, authorization);
        headers.insert(http::header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT));
        let uid = self.instance_uid.to_string();
        headers.insert("opamp-instance-uid", http::HeaderValue::from_str(&uid).map_err(bad)?);
        Ok(())
    }
}
