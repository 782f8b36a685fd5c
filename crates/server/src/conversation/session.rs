//! The server's side of a conversation with one client: its messages become calls of the crate `fleet`, and
//! what the client must be told becomes messages. It does not depend on the transport.

use std::sync::Arc;
use std::time::Instant;

use bailiwick_domain::agent::{AgentStatus, ProgramHealth, Reported};
use bailiwick_domain::id::{NodeId, RequestId};
use bailiwick_domain::presence::HEARTBEAT_SECONDS;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::{Error, FieldError};
use bailiwick_engine::spans::message_span;
use bailiwick_fleet::{
    AgentMessage, Connected, Connection, Fleet, FrontAnswers, Greeting, Guest, Offer, StoredReadings,
};
use bailiwick_link::capability::{self, agent, agent_flags, server_flags};
use bailiwick_link::commands::{Orders, Report, Reports};
use bailiwick_link::custom::{Custom, Customs, announce_all};
use bailiwick_link::front::Asks;
use bailiwick_link::observations::{Readings, Stored};
use bailiwick_link::opamp::{
    AgentIdentification, AgentRemoteConfig, Applied, ConnectionSettingsOffers, CustomMessage, ErrorType,
    Header, Headers, OpAmpConnectionSettings, RetryInfo, ServerErrorResponse, ServerToAgent, from_unix_nanos,
};
use bailiwick_link::weight::Weighed;
use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::bounds::Room;
use super::desired::Configuration;
use super::front;
use super::host_readings;
use super::message::{ClientMessage, Description, Health, digest};
use super::warnings::{About, Warnings, said, why};
use super::wire_format;

/// How many invalid messages it takes for the server to close the connection.
const MISTAKES: u8 = 3;
/// How many messages a client may take to identify itself.
const HELLOS: u8 = 4;
/// The size in bytes of orders from which on the next ones go into another message.
const ORDERS_BYTES: usize = 524_288;
/// How long until a client that could not apply its new credential is offered one again, in seconds.
const OFFER_AGAIN_SECONDS: i64 = 600;
/// The largest size in memory of the content of one custom message, in bytes.
const CUSTOM_MEMORY_MAX: usize = 8 << 20;
/// The code in measurements of a message that is not what the conversation expects.
const MALFORMED: &str = "malformed_message";
/// The error for a client of another vendor that presents an enrolment key.
const NOT_OURS: &str = "an enrolment key works only with Bailiwick's own agent; for another OpAMP client, use an organization key with the scope agents.create";
/// How long a client that was refused because the server is busy must wait at least, in seconds.
const WAIT_SECONDS: u64 = 5;

/// How a conversation continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on.
    GoOn,
    /// It ends: the client leaves.
    Goodbye,
    /// It ends: the client was given another credential, and should reconnect with it.
    ComeAgain,
    /// It ends: the client was refused, or violates the protocol.
    HangUp,
}

/// The answer to a message, and how the conversation continues.
pub(crate) struct Answer {
    pub(crate) message: ServerToAgent,
    pub(crate) next: Next,
    /// The code of the error, if the message was refused.
    pub(crate) reason: Option<&'static str>,
    /// Why a client of another vendor is refused for good. A polling client gets this as an HTTP error.
    pub(crate) denied: Option<Error>,
}

impl Answer {
    fn new(message: ServerToAgent, next: Next) -> Self {
        Self { message, next, reason: None, denied: None }
    }
}

enum Identification {
    /// The client is not identified yet.
    Strange(Box<Guest>),
    /// The client is identified.
    Known(Box<Connected>),
    /// The conversation has ended.
    Over,
}

/// The server's side of a conversation with one client.
pub(crate) struct Session {
    fleet: Arc<Fleet>,
    /// The memory for messages, which all clients share.
    room: Room,
    /// The id of the request with which the client connected.
    request_id: Option<RequestId>,
    state: Identification,
    /// The `instance_uid` that the client sends.
    instance: Option<Uuid>,
    sequence: Option<u64>,
    capabilities: u64,
    customs: Customs,
    hellos: u8,
    mistakes: u8,
    /// Hashes of the facts and the health that the client last reported, so that only changes are written.
    facts: u64,
    health: u64,
    reported: Reported,
    configuration: Configuration,
    /// When the client is offered a credential again, because it could not apply the last one.
    offer_again_at: Option<Timestamp>,
    /// The warnings about all agents.
    warnings: Warnings,
}

fn error_response(kind: ErrorType, error_message: String, wait: Option<u64>) -> ServerErrorResponse {
    let retry_info = wait.map(|seconds| RetryInfo { retry_after_nanoseconds: seconds * 1_000_000_000 });
    ServerErrorResponse { r#type: kind.into(), error_message, retry_info }
}

impl Session {
    pub(crate) fn new(fleet: Arc<Fleet>, guest: Guest, room: Room, warnings: Warnings) -> Self {
        Self {
            fleet,
            room,
            request_id: guest.request_id(),
            state: Identification::Strange(Box::new(guest)),
            instance: None,
            sequence: None,
            capabilities: 0,
            customs: Customs::NONE,
            hellos: 0,
            mistakes: 0,
            facts: 0,
            health: 0,
            reported: Reported::default(),
            configuration: Configuration::default(),
            offer_again_at: None,
            warnings,
        }
    }

    /// The connection, once the client is identified.
    pub(crate) fn connection(&self) -> Option<&Arc<Connection>> {
        match &self.state {
            Identification::Known(connected) => Some(&connected.connection),
            Identification::Strange(_) | Identification::Over => None,
        }
    }

    /// The control plane.
    pub(crate) fn control(&self) -> Arc<Control> {
        Arc::clone(self.fleet.control())
    }

    /// The channel of what the client must be told, once it is identified.
    pub(crate) fn told(&mut self) -> Option<&mut mpsc::Receiver<AgentMessage>> {
        match &mut self.state {
            Identification::Known(connected) => Some(&mut connected.told),
            Identification::Strange(_) | Identification::Over => None,
        }
    }

    /// Whether the client runs commands.
    const fn takes_orders(&self) -> bool {
        self.customs.has(Custom::Commands)
    }

    fn message(&self) -> ServerToAgent {
        let instance_uid = self.instance.map(|uid| uid.as_bytes().to_vec()).unwrap_or_default();
        ServerToAgent { instance_uid, ..ServerToAgent::default() }
    }

    fn refuse(&self, code: &'static str, why: String, wait: Option<u64>, next: Next) -> Answer {
        let kind = if wait.is_some() { ErrorType::Unavailable } else { ErrorType::BadRequest };
        let error_response = Some(error_response(kind, why, wait));
        let answer = Answer::new(ServerToAgent { error_response, ..self.message() }, next);
        Answer { reason: Some(code), ..answer }
    }

    /// The answer to an invalid message.
    pub(crate) fn mistaken(&mut self, why: String) -> Answer {
        self.mistakes += 1;
        let next = if self.mistakes < MISTAKES { Next::GoOn } else { Next::HangUp };
        self.refuse(MALFORMED, why, None, next)
    }

    /// The answer to a message for which there is no memory: the client should reconnect and send it again.
    pub(crate) fn busy(&self) -> Answer {
        let why = "the server is busy; try again shortly".to_owned();
        self.refuse(Error::Busy.code(), why, Some(WAIT_SECONDS), Next::HangUp)
    }

    /// The span of the next message to or from the client.
    fn span(&self) -> Span {
        message_span(self.connection().map(|connection| connection.agent), self.request_id)
    }

    /// Handles a message.
    pub(crate) async fn hear(&mut self, message: ClientMessage) -> Answer {
        let span = self.span();
        self.take(message).instrument(span).await
    }

    async fn take(&mut self, message: ClientMessage) -> Answer {
        let Some(said) = message.instance else {
            return self.mistaken("expected an instance_uid of 16 bytes".into());
        };
        let asks = said.is_nil() || message.flags & agent_flags::REQUEST_INSTANCE_UID != 0;
        if self.connection().is_some() && self.instance.is_some_and(|known| known != said) {
            return self.mistaken(
                "expected one client per connection, but this message has another instance_uid".into(),
            );
        }
        self.instance = Some(said);
        self.capabilities = message.capabilities;
        let follows = self.sequence.is_some_and(|before| before.wrapping_add(1) == message.sequence);
        let is_first = self.sequence.is_none();
        self.sequence = Some(message.sequence);
        self.customs = message.customs.unwrap_or(self.customs);
        let says_all = message.description.is_some() && message.customs.is_some();
        let is_again = says_all && matches!(self.state, Identification::Known(_));
        let mut answer = match &self.state {
            Identification::Over => {
                return self.refuse(
                    MALFORMED,
                    "this conversation has ended; connect again".into(),
                    None,
                    Next::HangUp,
                );
            }
            Identification::Strange(_) => self.greet(&message, (!asks).then_some(said)).await,
            Identification::Known(_) => Answer::new(self.message(), Next::GoOn),
        };
        if let Identification::Known(_) = self.state {
            let has_gap = if is_first { message.description.is_none() } else { !follows };
            if has_gap && answer.next == Next::GoOn {
                answer.message.flags |= server_flags::REPORT_FULL_STATE;
            }
            if is_again {
                self.greet_again().await;
            }
            self.offer_again();
            if self.take_in(message).await == Next::Goodbye {
                answer.next = Next::Goodbye;
            } else if self.configuration.is_due() {
                answer.message.remote_config = self.remote_config().await;
            }
        }
        answer
    }

    /// Whether a message is the client's goodbye.
    pub(crate) fn leaves(&self, message: &ClientMessage) -> bool {
        self.connection().is_some() && message.instance == self.instance && message.is_goodbye
    }

    /// Identifies a client by its first messages.
    async fn greet(&mut self, message: &ClientMessage, instance: Option<Uuid>) -> Answer {
        let Identification::Strange(guest) = &self.state else {
            return self.refuse(MALFORMED, "the client is already identified".into(), None, Next::HangUp);
        };
        self.hellos += 1;
        if self.hellos > HELLOS {
            let why = "expected the agent_description of the client".to_owned();
            return self.refuse(MALFORMED, why, None, Next::HangUp);
        }
        if message.description.is_none() && !guest.is_known() {
            let flags = server_flags::REPORT_FULL_STATE;
            return Answer::new(ServerToAgent { flags, ..self.message() }, Next::GoOn);
        }
        // Only our own agent can fetch the key that it is given, and execute commands.
        let is_ours =
            self.takes_orders() && self.capabilities & agent::ACCEPTS_OPAMP_CONNECTION_SETTINGS != 0;
        if guest.enrols() && !is_ours {
            return self.refuse(Error::AgentsOnly.code(), NOT_OURS.into(), None, Next::HangUp);
        }
        match guest.greet(&message.hello(instance)).await {
            Ok(Greeting::Connected(connected)) => {
                let answer = self.welcome(&connected);
                self.state = Identification::Known(connected);
                if let Some(connection) = self.connection().filter(|c| c.is_ours && self.takes_orders()) {
                    self.tell_what_waits(connection.node);
                }
                Answer::new(answer, Next::GoOn)
            }
            Ok(Greeting::Enrolled(offer)) => {
                let message = self.offer(*offer);
                self.state = Identification::Over;
                Answer::new(message, Next::ComeAgain)
            }
            Ok(Greeting::Renamed(instance)) => {
                let identification = AgentIdentification { new_instance_uid: instance.as_bytes().to_vec() };
                let flags = server_flags::REPORT_FULL_STATE;
                let agent_identification = Some(identification);
                let message = ServerToAgent { agent_identification, flags, ..self.message() };
                Answer::new(message, Next::GoOn)
            }
            Err(error) => self.refused(error),
        }
    }

    /// Handles a full report from a client that is identified already: it may have lost what it was last
    /// told.
    async fn greet_again(&mut self) {
        let Some(connection) = self.connection().filter(|c| c.is_ours && self.takes_orders()) else { return };
        if let Err(error) = self.fleet.greet_again(connection).await {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, agent = %connection.agent, "the key of an agent could not be offered again");
        }
        // What counts is the configuration that the client reports, not the one that it was sent.
        self.configuration = Configuration::default();
    }

    /// Offers a credential again to a client that could not apply the last one.
    fn offer_again(&mut self) {
        if self.offer_again_at.is_some_and(|at| at <= self.fleet.control().now())
            && self.connection().is_some_and(|connection| connection.tell(AgentMessage::Rotate))
        {
            self.offer_again_at = None;
        }
    }

    /// Sends a node the commands that wait for it. This is a separate task because only the conversation
    /// empties the channel, which may have less room than there are commands.
    fn tell_what_waits(&self, node: NodeId) {
        let fleet = Arc::clone(&self.fleet);
        self.fleet.spawn(async move {
            if let Err(error) = fleet.tell_waiting(node).await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, %node, "the waiting commands could not be sent to an agent; the server tries again");
            }
        });
    }

    /// The answer to a client that is refused.
    fn refused(&self, error: Error) -> Answer {
        if let Error::Internal(inner) = &error {
            tracing::error!(error = why(&**inner), "an OpAMP client could not be identified");
        }
        let code = error.code();
        let mut why = format!("{code}: {error}");
        for FieldError { field, detail, .. } in error.field_errors() {
            why.push_str(&format!("; {field}: {detail}"));
        }
        if let Error::EnrolmentWaits { seconds } = error {
            return self.refuse(code, why, Some(seconds), Next::HangUp);
        }
        match error.status() {
            500.. | 429 => self.refuse(code, why, Some(WAIT_SECONDS), Next::HangUp),
            _ => {
                let answer = self.refuse(code, why, None, Next::HangUp);
                let is_another =
                    matches!(&self.state, Identification::Strange(g) if !g.is_known() && !g.enrols());
                Answer { denied: is_another.then_some(error), ..answer }
            }
        }
    }

    /// The first answer to a client that is identified.
    fn welcome(&self, connected: &Connected) -> ServerToAgent {
        let agent_identification = connected
            .instance
            .map(|instance| AgentIdentification { new_instance_uid: instance.as_bytes().to_vec() });
        let takes_settings = self.capabilities & agent::ACCEPTS_OPAMP_CONNECTION_SETTINGS != 0;
        ServerToAgent {
            capabilities: capability::server::OURS,
            custom_capabilities: connected.connection.is_ours.then(announce_all),
            agent_identification,
            connection_settings: takes_settings.then(|| settings(b"heartbeat", None)),
            ..self.message()
        }
    }

    /// A message that offers a client a credential, and the `instance_uid` to use with it.
    pub(crate) fn offer(&self, offer: Offer) -> ServerToAgent {
        let Offer { instance, key } = offer;
        let agent_identification =
            instance.map(|instance| AgentIdentification { new_instance_uid: instance.as_bytes().to_vec() });
        let authorization =
            Header { key: "Authorization".into(), value: format!("Bearer {}", *key.reveal()) };
        let headers = Headers { headers: vec![authorization] };
        ServerToAgent {
            capabilities: capability::server::OURS,
            agent_identification,
            // The key's id distinguishes offers, and is not secret.
            connection_settings: Some(settings(key.id().as_bytes(), Some(headers))),
            ..self.message()
        }
    }

    /// Processes the content of a message from an identified client.
    async fn take_in(&mut self, message: ClientMessage) -> Next {
        let Some(connection) = self.connection().map(Arc::clone) else { return Next::GoOn };
        self.fleet.hear(&connection);
        let described = message.description.is_some();
        if let Some(Description { facts, .. }) = message.description {
            self.reported.version.clone_from(&facts.agent_version);
            let digest = digest(&facts);
            if digest != self.facts {
                self.facts = digest;
                self.fleet.hear_facts(&connection, facts);
            }
        }
        if message.health.is_none() && self.health == 0 && !connection.is_ours && described {
            // A client that does not report its health is connected, so it runs.
            self.take_in_health(&connection, Health { is_healthy: true, ..Health::default() });
        }
        if let Some(told) = message.health {
            let digest = digest(&told);
            if digest != self.health {
                self.health = digest;
                self.take_in_health(&connection, told);
            }
        }
        if let Some(told) = message.remote_config {
            if told.status() == Applied::Failed
                && let Some(due) = self.warnings.due(connection.agent, About::Configuration, Instant::now())
            {
                let why = said(&told.error_message);
                tracing::warn!(agent = %connection.agent, why, left_out = due.left_out, "an agent could not apply its configuration");
            }
            self.configuration.told(told);
        }
        if let Some(told) = message.connection_settings
            && told.status() == Applied::Failed
            && connection.is_ours
        {
            if let Some(due) = self.warnings.due(connection.agent, About::Key, Instant::now()) {
                let why = said(&told.error_message);
                tracing::warn!(agent = %connection.agent, why, left_out = due.left_out, "an agent could not apply its new key and keeps the old one");
            }
            self.offer_again_at.get_or_insert(self.fleet.control().now().plus_seconds(OFFER_AGAIN_SECONDS));
        }
        if let Some(custom) = message.custom {
            self.take_in_custom(&connection, custom).await;
        }
        if message.is_goodbye { Next::Goodbye } else { Next::GoOn }
    }

    fn take_in_health(&self, connection: &Connection, told: Health) {
        let now = self.fleet.control().now();
        let since =
            Some(from_unix_nanos(told.since)).filter(|at| *at <= now && *at > Timestamp::from_micros(0));
        let own = ProgramHealth {
            status: match (told.is_healthy, told.started) {
                (true, _) => AgentStatus::Running,
                (false, 0) => AgentStatus::Done,
                (false, _) => AgentStatus::Waiting,
            },
            since: since.unwrap_or(now),
            started_at: None,
            listen_port: None,
            reported: Reported { last_error: told.last_error, ..self.reported.clone() },
            log: Vec::new(),
        };
        self.fleet.hear_health(connection, connection.agent, own);
        self.fleet.hear_programs(connection, told.programs);
    }

    /// The configuration that the client should have, if it has a different one.
    async fn remote_config(&mut self) -> Option<AgentRemoteConfig> {
        let connection = self.connection().map(Arc::clone)?;
        if !connection.is_ours || self.capabilities & agent::ACCEPTS_REMOTE_CONFIG == 0 {
            return None;
        }
        self.configuration.next(&self.fleet, &connection).await
    }

    async fn take_in_custom(&self, connection: &Arc<Connection>, message: CustomMessage) {
        match Custom::of_agent(&message).filter(|_| connection.is_ours) {
            Some(Custom::Commands) => {
                if let Some((Reports { reports }, _room)) = self.decoded(connection, message).await {
                    self.take_in_reports(connection, reports).await;
                }
            }
            Some(Custom::Observations) => {
                if let Some((message, _room)) = self.decoded::<Readings>(connection, message).await {
                    self.take_in_readings(connection, message);
                }
            }
            Some(Custom::Front) => {
                if let Some((asks, _room)) = self.decoded::<Asks>(connection, message).await {
                    self.fleet.answer_front(connection, front::asks(asks)).await;
                }
            }
            None => {
                tracing::debug!(agent = %connection.agent, "a custom message of an unknown type was skipped");
            }
        }
    }

    /// The content of a custom message, with its room in memory; `None` if it cannot be decoded, which is logged.
    async fn decoded<M: Weighed + Message + Default + 'static>(
        &self,
        connection: &Connection,
        message: CustomMessage,
    ) -> Option<(M, OwnedSemaphorePermit)> {
        let CustomMessage { capability, data, .. } = message;
        match self.room.decode::<M, M>(data.len(), CUSTOM_MEMORY_MAX, || Ok(data.into())).await {
            Ok(decoded) => Some(decoded),
            Err(error) => {
                if let Some(due) = self.warnings.due(connection.agent, About::Content, Instant::now()) {
                    tracing::warn!(agent = %connection.agent, capability, error = why(&error), left_out = due.left_out, "a message of an agent cannot be decoded");
                }
                None
            }
        }
    }

    fn take_in_readings(&self, connection: &Arc<Connection>, message: Readings) {
        let Some((readings, invalid)) = host_readings::readings(message) else { return };
        let refused = invalid + self.fleet.take_readings(connection, readings);
        if refused > 0 {
            let why = "they are not valid, or not of metrics of the host";
            self.warn_of_readings(connection, refused as u64, why);
        }
    }

    /// Logs that readings of a host were refused.
    fn warn_of_readings(&self, connection: &Connection, refused: u64, why: &str) {
        if let Some(due) = self.warnings.due(connection.agent, About::Readings, Instant::now()) {
            let why = said(why);
            tracing::warn!(agent = %connection.agent, refused, why, left_out = due.left_out, "readings of a host were refused and are dropped");
        }
    }

    async fn take_in_reports(&self, connection: &Connection, reports: Vec<Report>) {
        let mut bad_scan = |error: serde_json::Error| {
            if let Some(due) = self.warnings.due(connection.agent, About::Scan, Instant::now()) {
                tracing::warn!(agent = %connection.agent, error = why(&error), left_out = due.left_out, "the result of a scan for updates cannot be decoded");
            }
        };
        let reports =
            reports.into_iter().filter_map(|report| wire_format::report(report, &mut bad_scan)).collect();
        if let Err(error) = self.fleet.take_reports(connection.node, reports).await
            && let Some(due) = self.warnings.due(connection.agent, About::Storing, Instant::now())
        {
            // The agent sends reports again that were not acknowledged.
            tracing::error!(agent = %connection.agent, error = why(&error), left_out = due.left_out, "the reports of an agent could not be stored");
        }
    }

    /// A message that tells a client something, with as much of what waits in the channel as should go into
    /// one message.
    pub(crate) async fn tell(&mut self, first: AgentMessage) -> Option<ServerToAgent> {
        let span = self.span();
        self.message_of(first).instrument(span).await
    }

    async fn message_of(&mut self, first: AgentMessage) -> Option<ServerToAgent> {
        let mut orders = Orders::default();
        let mut stored = None;
        let mut answers: Option<FrontAnswers> = None;
        let mut rotates = false;
        let mut runs_otherwise = false;
        let now = self.fleet.control().now();
        let mut next = Some(first);
        while let Some(told) = next {
            match told {
                AgentMessage::Run(order) => orders.run.push(wire_format::order(&order, now)),
                AgentMessage::Cancel(id) => orders.cancel.push(wire_format::id(id)),
                AgentMessage::Acknowledge(id) => orders.acknowledge.push(wire_format::id(id)),
                AgentMessage::DesiredChanged => runs_otherwise = true,
                AgentMessage::Rotate => rotates = true,
                AgentMessage::Front(more) => match &mut answers {
                    Some(answers) => answers.merge(more),
                    None => answers = Some(more),
                },
                AgentMessage::Stored(readings) => {
                    if let (Some(why), Some(connection)) = (&readings.why, self.connection()) {
                        self.warn_of_readings(connection, readings.refused, why);
                    }
                    stored = Some(StoredReadings { refused: 0, why: None, ..readings });
                }
            }
            let is_full = orders.encoded_len() >= ORDERS_BYTES;
            next = if is_full { None } else { self.told().and_then(|told| told.try_recv().ok()) };
        }
        let mut message = ServerToAgent::default();
        if rotates {
            message = self.renewed().await.unwrap_or_default();
        }
        let has_orders = self.takes_orders() && orders != Orders::default();
        if has_orders {
            // Together they could exceed the size of a message.
            if runs_otherwise && let Some(connection) = self.connection() {
                connection.desired_changed();
            }
        } else if runs_otherwise
            || self.connection().is_some_and(|connection| connection.has_desired_changed())
        {
            message.remote_config = self.remote_config().await;
        }
        // A message has only one custom message. If there is no room for the others, the agent asks or sends again.
        let later = |told: Option<AgentMessage>| {
            if let (Some(told), Some(connection)) = (told, self.connection()) {
                let _ = connection.tell(told);
            }
        };
        if has_orders {
            message.custom_message = Some(Custom::Commands.tell_agent(&orders));
            later(answers.map(AgentMessage::Front));
            later(stored.map(AgentMessage::Stored));
        } else if let Some(answers) = answers {
            message.custom_message = Some(Custom::Front.tell_agent(&front::answers(answers)));
            later(stored.map(AgentMessage::Stored));
        } else if let Some(StoredReadings { buffer, sequence, .. }) = stored {
            let stored = Stored { buffer, sequence };
            message.custom_message = Some(Custom::Observations.tell_agent(&stored));
        }
        (message != ServerToAgent::default())
            .then(|| ServerToAgent { instance_uid: self.message().instance_uid, ..message })
    }

    /// A message that offers a new key.
    async fn renewed(&self) -> Option<ServerToAgent> {
        let connection = self.connection()?;
        match self.fleet.renew(connection).await {
            Ok(key) => Some(self.offer(Offer { instance: None, key })),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(agent = %connection.agent, error, "a new key could not be made for an agent");
                None
            }
        }
    }

    /// Ends the conversation.
    pub(crate) fn part(&mut self, goodbye: bool) {
        if let Identification::Known(connected) = std::mem::replace(&mut self.state, Identification::Over) {
            self.fleet.part(&connected.connection, goodbye);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.part(false);
    }
}

fn settings(hash: &[u8], headers: Option<Headers>) -> ConnectionSettingsOffers {
    ConnectionSettingsOffers {
        hash: hash.to_vec(),
        opamp: Some(OpAmpConnectionSettings {
            destination_endpoint: String::new(),
            headers,
            heartbeat_interval_seconds: HEARTBEAT_SECONDS.unsigned_abs(),
        }),
    }
}
