//! Who may fetch the metrics of which exporter: the server's answers, remembered for a short time.
//!
//! A key is remembered only as its SHA-256. A key has 256 random bits, so its digest gives nothing away.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::KeyText;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::time::Timestamp;
use bailiwick_link::front::Verdict as Told;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::budget::Budget;
use super::questions::Questions;

/// For how many seconds the permission of a key is not asked for again.
pub(super) const ALLOWED_SECONDS: i64 = 60;
/// For how many seconds a refusal is not asked for again.
const REFUSED_SECONDS: i64 = 10;
/// For how many seconds more a permission lasts while the server cannot be asked.
pub(super) const AWAY_SECONDS: i64 = 900;
/// How many answers are remembered.
const REMEMBERED_MAX: usize = 1_024;
/// How many addresses have a budget of their own.
const ADDRESSES_MAX: usize = 1_024;

/// The answer to whether somebody may fetch the metrics of an exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// 200 if they may; otherwise the status with which to refuse them.
    pub(super) status: u16,
    /// Why they may not.
    pub(super) reason: String,
}

impl Verdict {
    /// The answer while the server cannot be asked.
    fn away() -> Self {
        let reason = "the agent cannot ask the server about this key now; try again later";
        Self { status: 503, reason: reason.to_owned() }
    }

    /// The answer to somebody who tries too many keys.
    fn too_many() -> Self {
        let reason = "too many keys were tried here; try again in some seconds";
        Self { status: 503, reason: reason.to_owned() }
    }

    const fn allows(&self) -> bool {
        self.status == 200
    }
}

impl From<Told> for Verdict {
    fn from(told: Told) -> Self {
        match u16::try_from(told.status) {
            Ok(status @ (200 | 401 | 403 | 404 | 429 | 503)) => Self { status, reason: told.reason },
            _ => Self::away(),
        }
    }
}

/// What is asked. The networks of a key depend on the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Asked {
    key: [u8; 32],
    exporter: Option<AgentId>,
    address: IpAddr,
}

struct Known {
    verdict: Verdict,
    at: Timestamp,
}

impl Known {
    /// Whether less than some seconds have passed. A time in the future is one before the clock was corrected.
    fn is_within(&self, seconds: i64, now: Timestamp) -> bool {
        self.at <= now && now < self.at.plus_seconds(seconds)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        self.is_within(if self.verdict.allows() { ALLOWED_SECONDS } else { REFUSED_SECONDS }, now)
    }

    /// Whether it is of any use still.
    fn is_useful(&self, now: Timestamp) -> bool {
        self.is_fresh(now) || self.lasts(now)
    }

    /// Whether it still holds while the server cannot be asked.
    fn lasts(&self, now: Timestamp) -> bool {
        self.verdict.allows() && self.is_within(ALLOWED_SECONDS + AWAY_SECONDS, now)
    }
}

struct Memory {
    known: HashMap<Asked, Known>,
    /// What is being asked, and who waits for it.
    asking: HashMap<Asked, watch::Receiver<Option<Verdict>>>,
    /// How often keys that were not allowed recently may be asked for: from one address, and together.
    of_addresses: HashMap<IpAddr, Budget>,
    strangers: Budget,
    /// How often other keys may be asked for.
    friends: Budget,
}

impl Memory {
    /// Whether a key may be asked for now.
    fn may_ask(&mut self, asked: &Asked, now: Timestamp) -> bool {
        let is_friend = self.known.iter().any(|(of, known)| of.key == asked.key && known.lasts(now));
        if is_friend {
            return self.friends.take(now);
        }
        if self.of_addresses.len() >= ADDRESSES_MAX {
            self.of_addresses.retain(|_, budget| !budget.is_full(now));
        }
        if self.of_addresses.len() >= ADDRESSES_MAX && !self.of_addresses.contains_key(&asked.address) {
            return false;
        }
        let own = self.of_addresses.entry(asked.address).or_insert_with(|| Budget::new(20.0, 2.0, now));
        own.take(now) && self.strangers.take(now)
    }

    fn remember(&mut self, asked: Asked, verdict: Verdict, now: Timestamp) {
        if self.known.len() >= REMEMBERED_MAX {
            self.known.retain(|_, known| known.is_useful(now));
        }
        if self.known.len() >= REMEMBERED_MAX {
            // Refusals are forgotten before permissions, and the oldest of them first.
            let first = self.known.iter().min_by_key(|(_, known)| (known.verdict.allows(), known.at));
            if let Some(first) = first.map(|(asked, _)| *asked) {
                self.known.remove(&first);
            }
        }
        self.known.insert(asked, Known { verdict, at: now });
    }
}

/// The answers of the server, as far as they are remembered.
pub(super) struct Verdicts {
    clock: Arc<dyn Clock>,
    questions: Arc<Questions>,
    memory: Mutex<Memory>,
}

/// What to do about a question.
enum Step {
    Known(Verdict),
    Wait(watch::Receiver<Option<Verdict>>),
    Ask(watch::Sender<Option<Verdict>>),
}

impl Verdicts {
    /// Nothing is remembered.
    pub(super) fn new(clock: Arc<dyn Clock>, questions: Arc<Questions>) -> Self {
        let now = clock.now();
        let memory = Memory {
            known: HashMap::new(),
            asking: HashMap::new(),
            of_addresses: HashMap::new(),
            strangers: Budget::new(100.0, 20.0, now),
            friends: Budget::new(256.0, 64.0, now),
        };
        Self { clock, questions, memory: Mutex::new(memory) }
    }

    fn step(&self, asked: Asked) -> Step {
        let now = self.clock.now();
        let mut memory = self.memory.lock();
        if let Some(known) = memory.known.get(&asked).filter(|known| known.is_fresh(now)) {
            return Step::Known(known.verdict.clone());
        }
        if let Some(receiver) = memory.asking.get(&asked)
            && receiver.has_changed().is_ok()
        {
            return Step::Wait(receiver.clone());
        }
        if !memory.may_ask(&asked, now) {
            let lasting = memory.known.get(&asked).filter(|known| known.lasts(now));
            return Step::Known(lasting.map_or_else(Verdict::too_many, |known| known.verdict.clone()));
        }
        let (sender, receiver) = watch::channel(None);
        memory.asking.insert(asked, receiver);
        Step::Ask(sender)
    }

    /// Whether somebody may fetch the metrics of an exporter; of none that the node has, if it is `None`.
    pub(super) async fn of(&self, key: &KeyText, exporter: Option<AgentId>, address: IpAddr) -> Verdict {
        let digest = Sha256::digest(key.reveal().as_bytes()).into();
        let asked = Asked { key: digest, exporter, address };
        match self.step(asked) {
            Step::Known(verdict) => verdict,
            Step::Wait(mut receiver) => {
                // If the one who asked was cancelled, the next one asks again.
                let verdict =
                    receiver.wait_for(Option::is_some).await.ok().and_then(|verdict| verdict.clone());
                verdict.unwrap_or_else(Verdict::away)
            }
            Step::Ask(sender) => {
                let told = self.questions.ask(exporter, key, address).await.map(Verdict::from);
                let verdict = self.settle(asked, told);
                sender.send_replace(Some(verdict.clone()));
                verdict
            }
        }
    }

    /// Remembers an answer. Without one, what is known lasts for some time.
    fn settle(&self, asked: Asked, told: Option<Verdict>) -> Verdict {
        let now = self.clock.now();
        let mut memory = self.memory.lock();
        memory.asking.remove(&asked);
        // One who asked may have been cancelled.
        memory.asking.retain(|_, receiver| receiver.has_changed().is_ok());
        match told {
            Some(verdict) if !matches!(verdict.status, 429 | 503) => {
                memory.remember(asked, verdict.clone(), now);
                verdict
            }
            told => {
                let lasting = memory.known.get(&asked).filter(|known| known.lasts(now));
                let told = told.unwrap_or_else(Verdict::away);
                lasting.filter(|_| told.status == 503).map_or(told, |known| known.verdict.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests;
