//! The exchange of messages over one connection.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::presence::HEARTBEAT_SECONDS;
use bailiwick_link::commands::Report;
use bailiwick_link::custom::Custom;
use bailiwick_link::front::Asks;
use bailiwick_link::observations::Readings;
use bailiwick_link::opamp::{AgentToServer, Applied};
use tokio::time::{Instant, MissedTickBehavior};
use uuid::Uuid;

use super::again::Again;
use super::refusal::{NoConnection, shown};
use super::wire::Wire;
use super::{AgentError, Client, Tried};
use crate::identity::is_sendable;
use crate::metrics::Metrics;
use crate::metrics::sending::Sending;
use crate::session::{Heard, Offer, Part};

/// How long the server may take for its first message.
const FIRST_WORD: Duration = Duration::from_secs(26);
/// How often the output of running commands is reported.
const OUTPUT_EVERY: Duration = Duration::from_millis(250);
/// The longest interval between requests when the agent polls.
const POLL: Duration = Duration::from_secs(10);
/// The shortest and longest interval between heartbeats, in seconds.
const HEARTBEAT: std::ops::RangeInclusive<u64> = 1..=3_600;
/// How long the last messages may take when the agent is stopped.
const GOODBYE: Duration = Duration::from_secs(12);
/// After how many refused messages in a row the agent gives the connection up.
const REFUSED_MAX: u32 = 5;

/// How long the answers to the last messages may take when a WebSocket takes the place of polling.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// How a connection ended.
pub(super) enum Ended {
    /// The agent was stopped.
    Stopped,
    /// There is a new credential to try.
    NewCredential,
    /// There is a WebSocket, to be used in place of polling.
    Upgraded(Box<Wire>),
    /// The connection broke, or was never made.
    Failed(NoConnection),
    /// A server that had accepted the agent closed the connection on purpose.
    ServerStopped {
        /// Why.
        why: NoConnection,
        /// How long to wait before the next attempt.
        retry_after: Option<Duration>,
    },
}

/// What is to be sent on one connection, and its state.
struct Due {
    heartbeat: Instant,
    /// There may be something new to report.
    reports: bool,
    /// Running commands may have written output.
    output: bool,
    /// What was sent of the host's own metrics.
    readings: Sending,
    /// The server has sent a message, so it has accepted the agent's credential.
    is_welcome: bool,
    refused: u32,
}

/// Waits until there are new readings of the host; forever if they are not reported.
async fn added(metrics: Option<&Metrics>) {
    match metrics {
        Some(metrics) => metrics.added().await,
        None => std::future::pending().await,
    }
}

/// Waits for a WebSocket in place of polling; forever if none is wanted.
async fn websocket(again: Option<&mut Again>, instance_uid: Uuid) -> Wire {
    match again {
        Some(again) => again.websocket(instance_uid).await,
        None => std::future::pending().await,
    }
}

impl Client {
    /// Exchanges messages until the connection ends.
    pub(super) async fn talk(
        &mut self,
        mut wire: Wire,
        mut again: Option<Again>,
        tried: Tried,
    ) -> Result<Ended, AgentError> {
        self.session.connected();
        self.note_facts(wire.is_polled);
        self.commands.connected().await;
        let first_word = Instant::now() + FIRST_WORD;
        let mut due = Due {
            heartbeat: Instant::now(),
            reports: true,
            output: false,
            readings: Sending::new(Instant::now()),
            is_welcome: false,
            refused: 0,
        };
        let mut tick = tokio::time::interval(OUTPUT_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut leave_by = None;
        let mut left = None;
        let ended = loop {
            let has_something = self.session.has_news()
                || Instant::now() >= due.heartbeat
                || due.is_welcome && self.takes_reports() && (due.reports || due.output)
                || self.has_asks(&due)
                || self.has_readings(&due) && Instant::now() >= due.readings.from()
                || left == Some(true);
            let has_readings_later = !has_something && self.has_readings(&due);
            let instance_uid = self.session.uid();
            let commands = self.commands.clone();
            let is_busy = commands.is_busy();
            let programs = Arc::clone(&self.programs);
            let leave = async { tokio::join!(commands.leave(), programs.stop()) };
            tokio::select! {
                heard = wire.incoming.recv() => match heard {
                    Some(Ok(message)) => {
                        let heard = self.session.hear(message);
                        if let Some(ended) = self.heed(heard, tried, &mut due).await? {
                            if matches!(ended, Ended::NewCredential) {
                                self.say_goodbye(&wire, true).await;
                            }
                            break ended;
                        }
                    }
                    Some(Err(why)) => break Ended::Failed(why),
                    None => break Ended::Failed(NoConnection::Broken("the connection ended unexpectedly".to_owned())),
                },
                room = wire.outgoing.reserve(), if has_something => {
                    let Ok(room) = room else {
                        // The last message that arrives says why the connection ended.
                        break match wire.incoming.recv().await {
                            Some(Err(why)) => Ended::Failed(why),
                            _ => Ended::Failed(NoConnection::Broken("the connection ended unexpectedly".to_owned())),
                        };
                    };
                    if let Some(message) = self.next_message(&mut due, wire.is_polled).await {
                        room.send(message);
                    } else if left == Some(true) {
                        drop(room);
                        self.say_goodbye(&wire, false).await;
                        break Ended::Stopped;
                    }
                }
                () = tokio::time::sleep_until(due.heartbeat), if !has_something => {}
                () = tokio::time::sleep_until(first_word), if !due.is_welcome => {
                    break Ended::Failed(NoConnection::Broken("the server did not answer the first message in time".to_owned()));
                }
                () = tokio::time::sleep_until(due.readings.from()), if has_readings_later => {}
                () = added(self.metrics.as_ref()) => {}
                () = self.front.news() => {}
                changed = self.front_state.changed() => if changed.is_ok() {
                    self.note_facts(wire.is_polled);
                    self.session.changed(Part::Description);
                },
                () = commands.changed() => due.reports = true,
                _ = tick.tick(), if is_busy => due.output = true,
                changed = self.facts.changed() => if changed.is_ok() {
                    self.note_facts(wire.is_polled);
                    self.session.changed(Part::Description);
                },
                () = self.news.wait() => self.session.changed(Part::Health),
                better = websocket(again.as_mut(), instance_uid), if due.is_welcome && left.is_none() => {
                    // The server takes two connections with one key for two machines.
                    self.say_goodbye(&wire, true).await;
                    break Ended::Upgraded(Box::new(better));
                }
                () = self.stop.cancelled(), if left.is_none() => {
                    // Running commands are ended, and their ends are reported before the agent
                    // disconnects.
                    left = Some(false);
                    leave_by = Some(Instant::now() + GOODBYE);
                }
                ((), ()) = leave, if left == Some(false) => {
                    left = Some(true);
                    self.session.changed(Part::Health);
                    due.reports = true;
                }
                () = tokio::time::sleep_until(leave_by.unwrap_or(first_word)), if leave_by.is_some() => {
                    break Ended::Stopped;
                }
            }
        };
        let Wire { outgoing, mut incoming, mut task, is_polled, .. } = wire;
        drop(outgoing);
        let ended = match ended {
            Ended::Upgraded(better) => {
                // The last answers may contain commands.
                let by = Instant::now() + LAST_ANSWERS;
                let mut ended = Ended::Upgraded(better);
                while let Ok(Some(Ok(message))) = tokio::time::timeout_at(by, incoming.recv()).await {
                    let heard = self.session.hear(message);
                    if let Some(other) = self.heed(heard, tried, &mut due).await? {
                        ended = other;
                    }
                }
                ended
            }
            ended => ended,
        };
        // Messages that are being sent still get out, if the server accepts them.
        if tokio::time::timeout(Duration::from_secs(2), &mut task).await.is_err() {
            task.abort();
        }
        Ok(match ended {
            // Over plain HTTP, a server that is stopping says so in its response.
            Ended::Failed(NoConnection::Busy { why, retry_after: Some(after) })
                if due.is_welcome && is_polled =>
            {
                let why = NoConnection::Busy { why, retry_after: Some(after) };
                Ended::ServerStopped { why, retry_after: Some(after) }
            }
            Ended::Failed(why @ NoConnection::Stops(_)) if due.is_welcome => {
                Ended::ServerStopped { why, retry_after: None }
            }
            ended => ended,
        })
    }

    /// Takes the present facts, and notes how the agent reaches the server.
    fn note_facts(&mut self, is_polled: bool) {
        let transport = if is_polled { "http" } else { "websocket" };
        self.own.facts = self.facts.borrow_and_update().clone();
        self.own.facts.transport = Some(transport.to_owned());
        self.own.facts.front = self.front_state.borrow_and_update().clone();
    }

    /// Announces that the agent disconnects, and before that sends what is new, if `with_news` is set.
    async fn say_goodbye(&mut self, wire: &Wire, with_news: bool) {
        let mut messages = Vec::new();
        if with_news && self.session.has_news() {
            messages.push(self.session.tell(&self.own));
        }
        messages.push(self.session.leave());
        let send = async {
            for message in messages {
                if wire.outgoing.send(message).await.is_err() {
                    return;
                }
            }
        };
        // A server that accepts no more messages notices the disconnection anyway.
        let _ = tokio::time::timeout(Duration::from_secs(2), send).await;
    }

    fn heartbeat(&self, is_polled: bool) -> Duration {
        let default = Duration::from_secs(HEARTBEAT_SECONDS.unsigned_abs());
        let asked = self.credentials.heartbeat().unwrap_or(default).as_secs();
        let every = Duration::from_secs(asked.clamp(*HEARTBEAT.start(), *HEARTBEAT.end()));
        if is_polled { every.min(POLL) } else { every }
    }

    /// The next message to send, if there is one.
    async fn next_message(&mut self, due: &mut Due, is_polled: bool) -> Option<AgentToServer> {
        let message = if self.session.has_news() || Instant::now() >= due.heartbeat {
            self.session.tell(&self.own)
        } else if !due.is_welcome {
            return None;
        } else if let Some(reports) = self.next_reports(due).await {
            self.session.report(reports)
        } else if let Some(asks) = self.next_asks(due) {
            self.session.ask(&asks)
        } else {
            let readings = self.next_readings(due).await?;
            self.session.send_readings(&readings)
        };
        due.heartbeat = Instant::now() + self.heartbeat(is_polled);
        Some(message)
    }

    const fn takes_reports(&self) -> bool {
        self.session.server_has(Custom::Commands)
    }

    /// The reports of commands to send next, if there are any.
    async fn next_reports(&self, due: &mut Due) -> Option<Vec<Report>> {
        if !self.takes_reports() {
            return None;
        }
        let with_output = std::mem::take(&mut due.output);
        let reports = self.commands.reports(with_output).await;
        due.reports = !reports.is_empty();
        due.reports.then_some(reports)
    }

    /// Whether there is something to ask about the front that the server answers.
    fn has_asks(&self, due: &Due) -> bool {
        due.is_welcome && self.session.server_has(Custom::Front) && self.front.has_asks()
    }

    /// What to ask about the front next, if there is anything.
    fn next_asks(&self, due: &Due) -> Option<Asks> {
        if self.has_asks(due) { self.front.asks() } else { None }
    }

    /// Whether there are readings of the host that the server takes.
    fn has_readings(&self, due: &Due) -> bool {
        due.is_welcome
            && self.session.server_has(Custom::Observations)
            && self.metrics.as_ref().is_some_and(Metrics::has_waiting)
    }

    /// The readings of the host to send next, if there are any and it is time.
    async fn next_readings(&self, due: &mut Due) -> Option<Readings> {
        let metrics = self.metrics.as_ref().filter(|_| self.has_readings(due))?;
        if Instant::now() < due.readings.from() {
            return None;
        }
        match metrics.oldest().await {
            Ok(readings) => {
                let readings = readings?;
                due.readings.sent(readings.batches.last()?.sequence, Instant::now());
                Some(readings)
            }
            Err(error) => {
                tracing::warn!(%error, "the metrics of the host could not be read from the disk; the agent tries again");
                due.readings.fail(Instant::now());
                None
            }
        }
    }

    /// Acts on what the server said.
    async fn heed(
        &mut self,
        heard: Vec<Heard>,
        tried: Tried,
        due: &mut Due,
    ) -> Result<Option<Ended>, AgentError> {
        let is_refused = heard.iter().any(|heard| matches!(heard, Heard::Refused { .. }));
        if !is_refused {
            due.refused = 0;
            if !std::mem::replace(&mut due.is_welcome, true) {
                self.welcomed(tried)?;
                if self.session.server_has(Custom::Front) {
                    self.front.connected();
                }
            }
        }
        for heard in heard {
            match heard {
                Heard::Refused { is_busy: true, why, retry_after } => {
                    return Ok(Some(Ended::Failed(NoConnection::Busy { why: shown(&why), retry_after })));
                }
                Heard::Refused { why, .. } => {
                    let why = shown(&why);
                    if !due.is_welcome {
                        // The server has not accepted the agent, and says why.
                        return Ok(Some(Ended::Failed(NoConnection::Refused(why))));
                    }
                    tracing::warn!(why, "the server refused a message");
                    due.refused += 1;
                    if due.refused >= REFUSED_MAX {
                        return Ok(Some(Ended::Failed(NoConnection::Broken(why))));
                    }
                }
                Heard::Identity(uid) => {
                    tracing::warn!(%uid, "the server gave this agent a new identity, because another agent has the old one");
                    self.identity.set_instance_uid(uid)?;
                    self.own.instance_uid = uid;
                    self.session.changed(Part::Description);
                }
                Heard::AllAsked => {
                    self.commands.connected().await;
                    due.reports = true;
                }
                Heard::Offer(offer) => {
                    if self.consider(&offer) {
                        return Ok(Some(Ended::NewCredential));
                    }
                }
                Heard::Config(config) => {
                    self.own.configuration = Some(self.programs.apply_remote_config(&config));
                    self.session.changed(Part::RemoteConfigStatus);
                    self.session.changed(Part::EffectiveConfig);
                    self.front.want(self.programs.wanted_front());
                }
                Heard::Front(answers) => self.front.answered(answers),
                Heard::Orders(orders) => self.commands.take(orders).await,
                Heard::Stored(stored) => {
                    if let Some(metrics) = &self.metrics
                        && metrics.stored(stored).await
                    {
                        due.readings.stored(stored.sequence);
                    }
                }
            }
        }
        Ok(None)
    }

    /// Notes that the server has accepted the credential.
    fn welcomed(&mut self, tried: Tried) -> Result<(), AgentError> {
        let server = self.server.as_str();
        match tried {
            Tried::Enrolment => tracing::info!(server, "connected to enrol"),
            Tried::Valid => tracing::info!(server, "connected"),
            Tried::Candidate => {
                self.credentials.accept()?;
                // The enrolment key is no longer needed.
                self.options.enrol = None;
                if let Some(valid) = self.credentials.valid() {
                    let hash = valid.hash.clone();
                    self.own.note_settings(&hash, Applied::Applied, String::new());
                    self.session.changed(Part::ConnectionSettingsStatus);
                }
                tracing::info!(server, "connected with the new key");
            }
        }
        Ok(())
    }

    /// Stores an offer of the server. True if the agent should reconnect with a new credential.
    fn consider(&mut self, offer: &Offer) -> bool {
        self.session.changed(Part::ConnectionSettingsStatus);
        let is_here = offer.destination.is_empty()
            || offer
                .destination
                .parse()
                .is_ok_and(|address: super::Address| address == *self.dialer.address());
        if !is_here {
            // A compromised server could otherwise send its agents, and their keys, anywhere.
            let why = "this agent connects only to the server that it was configured with".to_owned();
            tracing::warn!(
                destination = shown(&offer.destination),
                "the agent refused the server's offer to connect to another server"
            );
            self.own.note_settings(&offer.hash, Applied::Failed, why);
            return false;
        }
        if offer.authorization.as_ref().is_some_and(|authorization| !is_sendable(authorization)) {
            // If it were stored, it would be tried again and again, and no other credential with it.
            let why = "the offered key cannot be sent in the Authorization header".to_owned();
            tracing::warn!(why, "the agent refused the key that the server offered");
            self.own.note_settings(&offer.hash, Applied::Failed, why);
            return false;
        }
        match self.credentials.offered(&self.server, offer) {
            Ok(true) => {
                self.own.note_settings(&offer.hash, Applied::Applying, String::new());
                true
            }
            Ok(false) => {
                self.own.note_settings(&offer.hash, Applied::Applied, String::new());
                false
            }
            Err(error) => {
                tracing::error!(%error, "the new key cannot be stored, so the agent does not use it");
                self.own.note_settings(&offer.hash, Applied::Failed, error.to_string());
                false
            }
        }
    }
}
