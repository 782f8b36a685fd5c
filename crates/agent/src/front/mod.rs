//! The front: one HTTPS port of the machine, on which the agent serves the metrics of the exporters that it keeps
//! running. The server says whether there is one, issues its certificate, and decides who may fetch.

mod answer;
mod budget;
mod certificates;
mod connections;
mod exporter;
mod listener;
mod query;
mod questions;
mod verdicts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::front::FrontState;
use bailiwick_domain::outside::Clock;
use bailiwick_domain::port::Port;
use bailiwick_link::desired;
use bailiwick_link::front::{Answers, Asks};
use tokio::sync::{Notify, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::supervise::Supervisor;
use certificates::Certificates;
use questions::Questions;
use verdicts::Verdicts;

/// How often the agent checks whether its certificate must be renewed.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What all parts of the front share.
struct Shared {
    clock: Arc<dyn Clock>,
    programs: Arc<Supervisor>,
    certificates: Certificates,
    questions: Arc<Questions>,
    verdicts: Verdicts,
    /// What the server wants; `None` if there should be no front.
    wanted: watch::Sender<Option<desired::Front>>,
    /// The port to listen on; `None` while there should be no front, or there is no certificate.
    port: watch::Sender<Option<u16>>,
    state: watch::Sender<Option<FrontState>>,
    /// Notified when there is something to ask the server.
    news: Arc<Notify>,
}

impl Shared {
    /// Changes the state that is reported.
    fn tell(&self, change: impl FnOnce(&mut FrontState)) {
        let wanted =
            self.wanted.borrow().as_ref().and_then(|front| Port::try_from(i64::from(front.port)).ok());
        self.state.send_if_modified(|state| {
            let before = state.clone();
            *state = wanted.map(|port| {
                let fresh =
                    FrontState { port, listens: false, certificate_expires_at: None, last_error: None };
                let mut state = before.clone().filter(|state| state.port == port).unwrap_or(fresh);
                state.certificate_expires_at = self.certificates.expires_at();
                change(&mut state);
                // What is wrong with the certificate is reported if nothing else is.
                state.last_error = state.last_error.or_else(|| self.certificates.note());
                state
            });
            *state != before
        });
    }

    /// Makes the listener listen on the right port.
    fn listen_as_wanted(&self) {
        let wanted = self.wanted.borrow().as_ref().map(|front| front.port);
        let port = wanted.filter(|_| self.certificates.expires_at().is_some());
        self.port.send_if_modified(|now| std::mem::replace(now, port) != port);
    }
}

/// A handle to the front. The front ends with it.
pub struct Front {
    shared: Arc<Shared>,
    _stop: DropGuard,
}

impl Front {
    /// A front that the server has not asked for yet. `file` keeps its private key and certificate. It must be called
    /// within a Tokio runtime.
    pub fn new(file: PathBuf, programs: Arc<Supervisor>, clock: Arc<dyn Clock>) -> Self {
        let news = Arc::new(Notify::new());
        let questions = Arc::new(Questions::new(Arc::clone(&news)));
        let shared = Arc::new(Shared {
            certificates: Certificates::open(file),
            verdicts: Verdicts::new(Arc::clone(&clock), Arc::clone(&questions)),
            clock,
            programs,
            questions,
            wanted: watch::Sender::new(None),
            port: watch::Sender::new(None),
            state: watch::Sender::new(None),
            news,
        });
        let stop = CancellationToken::new();
        let (until, listener) = (stop.clone(), Arc::clone(&shared));
        TaskTracker::new().spawn(async move { until.run_until_cancelled(listener::listen(listener)).await });
        Self { shared, _stop: stop.drop_guard() }
    }

    /// Sets whether there should be a front, and how.
    pub fn want(&self, front: Option<desired::Front>) {
        self.shared.wanted.send_if_modified(|now| {
            let is_other = *now != front;
            *now = front;
            is_other
        });
        self.shared.listen_as_wanted();
        self.shared.tell(|_| {});
        self.shared.news.notify_one();
    }

    /// The state that is reported; `None` if there should be no front. It changes with the receiver.
    pub fn state(&self) -> watch::Receiver<Option<FrontState>> {
        self.shared.state.subscribe()
    }

    /// Notes that the server can be asked from now on. What it has not answered is asked again.
    pub fn connected(&self) {
        self.shared.certificates.ask_again();
        self.shared.questions.connected();
    }

    /// Notes that the server cannot be asked any more.
    pub fn disconnected(&self) {
        self.shared.questions.disconnected();
    }

    /// Waits until there may be something to ask. It is safe to cancel and call again.
    pub async fn news(&self) {
        let _ = tokio::time::timeout(LOOK_AGAIN, self.shared.news.notified()).await;
    }

    /// Whether there is something to ask.
    pub fn has_asks(&self) -> bool {
        self.shared.questions.has_unsent() || self.needs_certificate()
    }

    fn needs_certificate(&self) -> bool {
        let wanted = self.shared.wanted.borrow();
        wanted
            .as_ref()
            .is_some_and(|front| self.shared.certificates.is_due(&front.label, self.shared.clock.now()))
    }

    /// What to ask the server now; `None` if nothing.
    pub fn asks(&self) -> Option<Asks> {
        let certificate = if self.needs_certificate() {
            match self.shared.certificates.request(self.shared.clock.now()) {
                Ok(request) => Some(request),
                Err(error) => {
                    self.shared.tell(|state| state.last_error = Some(error.to_string()));
                    None
                }
            }
        } else {
            None
        };
        let questions = self.shared.questions.take_unsent();
        let asks = Asks { certificate, questions };
        (asks != Asks::default()).then_some(asks)
    }

    /// Takes the answers of the server.
    pub fn answered(&self, answers: Answers) {
        let Answers { certificate, verdicts } = answers;
        for verdict in verdicts {
            self.shared.questions.answered(verdict);
        }
        if let Some(certificate) = certificate {
            let error = self.shared.certificates.answered(certificate, self.shared.clock.now()).err();
            if let Some(error) = &error {
                tracing::warn!(%error, "the agent has no new certificate for its front");
            }
            self.shared.listen_as_wanted();
            self.shared.tell(|state| state.last_error = error.map(|error| error.to_string()));
        }
    }
}
