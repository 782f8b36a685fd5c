//! Decides when a long-lived stream must be closed: its key was disabled, its session has ended.

use bailiwick_domain::id::OrganizationId;

use crate::control::Control;
use crate::memory::streams::Opener;

impl Control {
    /// The number of streams that are open on this server.
    pub fn open_streams(&self) -> usize {
        self.streams.len()
    }

    /// Ends every stream whose opener has lost the right to it: its key was deleted, was disabled, has
    /// expired, is not allowed from its address or lost the scope; its session or its organization is
    /// gone.
    pub fn end_streams(&self) {
        self.streams.end_unless(|opener, organization| self.may_go_on(opener, organization));
    }

    fn may_go_on(&self, opener: Opener, organization: Option<OrganizationId>) -> bool {
        if !self.admits() {
            return false;
        }
        let now = self.clock.now();
        let is_gone = |id| self.directory.by_id(id).is_none() || self.is_refused_organization(id);
        if organization.is_some_and(is_gone) {
            return false;
        }
        match opener {
            Opener::Key { id, address, operation } => self.keyring.get(id).is_some_and(|entry| {
                let opens = operation.is_none_or(|index| entry.grants.contains(index));
                opens && entry.check_state(now, address).is_ok() && self.check_not_refused(&entry).is_ok()
            }),
            Opener::Person { session } => {
                let user = self.people.user_of(session, now);
                user.is_some_and(|user| !self.is_refused_session(session, user.id))
            }
        }
    }
}
