//! Messages to and from the server, whatever carries them.

use bailiwick_link::opamp::{AgentToServer, ServerToAgent};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::refusal::NoConnection;

/// What each request says who asks.
pub(super) const USER_AGENT: &str = concat!("bailiwick-agent/", env!("CARGO_PKG_VERSION"));

/// A connection over which messages go. It is closed when `outgoing` is dropped.
pub(super) struct Wire {
    /// To the server. There is room when what was put in before is on its way.
    pub(super) outgoing: mpsc::Sender<AgentToServer>,
    /// From the server; the last is why the connection ended.
    pub(super) incoming: mpsc::Receiver<Result<ServerToAgent, NoConnection>>,
    /// Ends when all that was put in is sent.
    pub(super) task: JoinHandle<()>,
    /// Whether the server says nothing unless asked.
    pub(super) is_polled: bool,
}

/// What a connection is made with.
pub(super) struct Ticket {
    /// The header `Authorization`.
    pub(super) authorization: Zeroizing<String>,
    /// The header `OpAMP-Instance-UID`.
    pub(super) instance_uid: uuid::Uuid,
}

impl Ticket {
    /// The headers that all requests have.
    pub(super) fn headers(&self, headers: &mut http::HeaderMap) -> Result<(), NoConnection> {
        let bad = |_| NoConnection::Broken("the credential is no value of a header".to_owned());
        let mut authorization = http::HeaderValue::from_str(&self.authorization).map_err(bad)?;
        authorization.set_sensitive(true);
        headers.insert(http::header::AUTHORIZATION, authorization);
        headers.insert(http::header::USER_AGENT, http::HeaderValue::from_static(USER_AGENT));
        let uid = self.instance_uid.to_string();
        headers.insert("opamp-instance-uid", http::HeaderValue::from_str(&uid).map_err(bad)?);
        Ok(())
    }
}
