//! What goes on after a request was answered: connections of agents, streams of events. Each ends as
//! soon as whoever opened it may not any more.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::id::{OrganizationId, SessionId};
use bailiwick_domain::key::KeyId;
use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

/// Who opened a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Opener {
    /// A key, from an address, for an operation of the catalogue if it is one.
    Key { id: KeyId, address: IpAddr, operation: Option<usize> },
    /// A person, by a session.
    Person { session: SessionId },
}

struct Open {
    opener: Opener,
    organization: Option<OrganizationId>,
    ended: CancellationToken,
}

/// What is open on this server.
#[derive(Default)]
pub(crate) struct Streams {
    next: AtomicU64,
    open: DashMap<u64, Open>,
}

impl Streams {
    /// Watches over something that goes on. `ended` is cancelled when it is to end.
    pub(crate) fn open(
        self: &Arc<Self>,
        opener: Opener,
        organization: Option<OrganizationId>,
        ended: CancellationToken,
    ) -> Stream {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.open.insert(number, Open { opener, organization, ended: ended.clone() });
        Stream { streams: Arc::clone(self), number, ended }
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Ends those that may not go on.
    pub(crate) fn end_unless(&self, may_go_on: impl Fn(Opener, Option<OrganizationId>) -> bool) {
        for open in &self.open {
            if !open.ended.is_cancelled() && !may_go_on(open.opener, open.organization) {
                open.ended.cancel();
            }
        }
    }
}

/// Something that goes on until whoever opened it may not any more, or until this is dropped.
pub struct Stream {
    streams: Arc<Streams>,
    number: u64,
    ended: CancellationToken,
}

impl Stream {
    /// Ends when it is to end.
    pub async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.streams.open.remove(&self.number);
    }
}
