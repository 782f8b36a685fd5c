//! What goes on after a request was answered: connections of agents, streams of events. Each ends as
//! soon as whoever opened it may not any more.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bailiwick_domain::id::{OrganizationId, SessionId};
use bailiwick_domain::key::KeyId;
use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

use crate::control::Control;

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

impl Control {
    /// Watches over something that goes on. `ended` is cancelled when it is to end.
    pub(crate) fn open_stream(
        &self,
        opener: Opener,
        organization: Option<OrganizationId>,
        ended: CancellationToken,
    ) -> Stream {
        let streams = Arc::clone(&self.streams);
        let number = streams.next.fetch_add(1, Ordering::Relaxed);
        streams.open.insert(number, Open { opener, organization, ended: ended.clone() });
        Stream { streams, number, ended }
    }

    /// How many streams are open.
    pub fn open_streams(&self) -> usize {
        self.streams.open.len()
    }

    /// Ends every stream whose opener may not any more: its key was deleted, disabled or has
    /// expired, may not from its address or lost the scope; its session or organization is gone.
    pub fn end_streams(&self) {
        for open in &self.streams.open {
            if !open.ended.is_cancelled() && !self.may_go_on(&open) {
                open.ended.cancel();
            }
        }
    }

    fn may_go_on(&self, open: &Open) -> bool {
        let now = self.clock.now();
        if open.organization.is_some_and(|id| self.directory.by_id(id).is_none()) {
            return false;
        }
        match open.opener {
            Opener::Key { id, address, operation } => self.keyring.get(id).is_some_and(|entry| {
                let opens = operation.is_none_or(|index| entry.grants.contains(index));
                opens && entry.check_state(now, address).is_ok()
            }),
            Opener::Person { session } => self.people.has_session(session, now),
        }
    }
}
