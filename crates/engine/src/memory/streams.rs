//! Long-lived responses: connections of agents, and event streams. Each is ended as soon as its opener
//! loses the right to it.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::id::{OrganizationId, SessionId};
use bailiwick_domain::key::KeyId;
use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

/// The key or the session that opened a stream.
#[derive(Clone, Copy, Debug)]
pub enum Opener {
    /// A key, used from this address. `operation` is the index in the catalogue of an operation that
    /// needs a scope; `None` for others.
    Key {
        /// The key.
        id: KeyId,
        /// The client's address.
        address: IpAddr,
        /// The operation's index.
        operation: Option<usize>,
    },
    /// A user, by their session.
    Person {
        /// The session.
        session: SessionId,
    },
}

struct Open {
    opener: Opener,
    organization: Option<OrganizationId>,
    ended: CancellationToken,
}

/// The streams that are open on this server.
#[derive(Default)]
pub(crate) struct Streams {
    next: AtomicU64,
    open: DashMap<u64, Open>,
}

impl Streams {
    /// Registers a stream. `ended` is cancelled when the stream must end.
    pub(crate) fn open(
        self: &Arc<Self>,
        opener: Opener,
        organization: Option<OrganizationId>,
        ended: CancellationToken,
    ) -> OpenStream {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.open.insert(number, Open { opener, organization, ended: ended.clone() });
        OpenStream { streams: Arc::clone(self), number, ended }
    }

    /// The number of open streams.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Ends the streams for which `may_go_on` returns false.
    pub(crate) fn end_unless(&self, may_go_on: impl Fn(Opener, Option<OrganizationId>) -> bool) {
        for open in &self.open {
            if !open.ended.is_cancelled() && !may_go_on(open.opener, open.organization) {
                open.ended.cancel();
            }
        }
    }
}

/// A registered stream. Dropping it removes it from the register.
pub struct OpenStream {
    streams: Arc<Streams>,
    number: u64,
    ended: CancellationToken,
}

impl OpenStream {
    /// Waits until the stream must end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.streams.open.remove(&self.number);
    }
}
