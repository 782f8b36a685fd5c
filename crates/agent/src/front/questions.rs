//! The questions that the agent asks the server: who may fetch the metrics of an exporter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::id::AgentId;
use bailiwick_domain::key::KeyText;
use bailiwick_link::front::{QUESTIONS_MAX, Question, Verdict};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use zeroize::Zeroize as _;

/// How long an answer may take. Those who fetch metrics wait ten seconds by default.
const ANSWER_PATIENCE: Duration = Duration::from_secs(8);
/// How many questions may wait for answers.
const WAITING_MAX: usize = 256;

struct Waiting {
    question: Question,
    is_sent: bool,
    answer: oneshot::Sender<Verdict>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.question.key.zeroize();
    }
}

#[derive(Default)]
struct Line {
    /// The number of the last question.
    last: u64,
    waiting: BTreeMap<u64, Waiting>,
    is_connected: bool,
}

/// The questions that wait for an answer.
pub(super) struct Questions {
    line: Mutex<Line>,
    news: Arc<Notify>,
}

impl Questions {
    /// No questions. `news` is notified of new ones.
    pub(super) fn new(news: Arc<Notify>) -> Self {
        Self { line: Mutex::default(), news }
    }

    /// Asks the server; `None` if it is away, does not answer in time, or too many questions wait.
    pub(super) async fn ask(
        &self,
        exporter: Option<AgentId>,
        key: &KeyText,
        address: std::net::IpAddr,
    ) -> Option<Verdict> {
        let (number, answer) = {
            let mut line = self.line.lock();
            if !line.is_connected || line.waiting.len() >= WAITING_MAX {
                return None;
            }
            line.last += 1;
            let number = line.last;
            let (told, answer) = oneshot::channel();
            let question = Question {
                number,
                exporter: exporter.map(|id| id.as_uuid().as_bytes().to_vec()).unwrap_or_default(),
                key: key.reveal().to_string(),
                address: address.to_string(),
            };
            line.waiting.insert(number, Waiting { question, is_sent: false, answer: told });
            (number, answer)
        };
        self.news.notify_one();
        let answer = tokio::time::timeout(ANSWER_PATIENCE, answer).await;
        self.line.lock().waiting.remove(&number);
        answer.ok()?.ok()
    }

    /// Notes a connection to a server that answers questions. Those that wait are sent again.
    pub(super) fn connected(&self) {
        let mut line = self.line.lock();
        line.is_connected = true;
        for waiting in line.waiting.values_mut() {
            waiting.is_sent = false;
        }
    }

    /// Notes that the connection has ended. Nobody waits for answers any more.
    pub(super) fn disconnected(&self) {
        let mut line = self.line.lock();
        line.is_connected = false;
        line.waiting.clear();
    }

    /// Whether there are questions to send.
    pub(super) fn has_unsent(&self) -> bool {
        self.line.lock().waiting.values().any(|waiting| !waiting.is_sent)
    }

    /// The questions to send, as many as go into one message.
    pub(super) fn take_unsent(&self) -> Vec<Question> {
        let mut line = self.line.lock();
        let unsent = line.waiting.values_mut().filter(|waiting| !waiting.is_sent).take(QUESTIONS_MAX);
        unsent
            .map(|waiting| {
                waiting.is_sent = true;
                waiting.question.clone()
            })
            .collect()
    }

    /// Takes an answer. Nobody may wait for it any more.
    pub(super) fn answered(&self, verdict: Verdict) {
        let waiting = self.line.lock().waiting.remove(&verdict.number);
        // The sender is taken out of a type with a destructor by exchange.
        if let Some(mut waiting) = waiting {
            let (unused, _) = oneshot::channel();
            let _ = std::mem::replace(&mut waiting.answer, unused).send(verdict);
        }
    }
}
