//! The agent's side of a conversation with the server: what to send when, and what received messages mean.
//! It has no sockets, timers or files, so thousands of conversations fit into one process.

use std::time::Duration;

use bailiwick_domain::excerpt::excerpt;
use bailiwick_link::capability::{agent, server_flags};
use bailiwick_link::commands::{Orders, Report, Reports};
use bailiwick_link::custom::{Custom, Customs, announce_all};
use bailiwick_link::frame::TO_AGENT_HELD_MAX;
use bailiwick_link::front::{Answers, Asks};
use bailiwick_link::observations::{Readings, Stored};
use bailiwick_link::opamp::{
    AgentDescription, AgentDisconnect, AgentRemoteConfig, AgentToServer, ComponentHealth,
    ConnectionSettingsOffers, ConnectionSettingsStatus, CustomMessage, EffectiveConfig, ErrorType,
    RemoteConfigStatus, ServerErrorResponse, ServerToAgent,
};
use bailiwick_link::weight::{self, Weighed};
use prost::Message;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How many characters of a name that the server uses are logged.
const SHOWN_MAX: usize = 300;

/// The machine about which an agent reports.
pub trait Machine {
    /// What the agent is and where it runs.
    fn description(&self) -> AgentDescription;
    /// The health of the agent and its programs.
    fn health(&self) -> ComponentHealth;
    /// The configuration that is in effect, if there is one.
    fn effective_config(&self) -> Option<EffectiveConfig>;
    /// Whether the last configuration was applied, if there was one.
    fn remote_config_status(&self) -> Option<RemoteConfigStatus>;
    /// Whether the last offered connection settings were applied, if there were any.
    fn connection_settings_status(&self) -> Option<ConnectionSettingsStatus>;
}

/// A part of the agent's state that is reported when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Part {
    /// [`Machine::description`].
    Description = 1,
    /// [`Machine::health`].
    Health = 2,
    /// [`Machine::effective_config`].
    EffectiveConfig = 4,
    /// [`Machine::remote_config_status`].
    RemoteConfigStatus = 8,
    /// [`Machine::connection_settings_status`].
    ConnectionSettingsStatus = 16,
    /// The custom capabilities.
    Capabilities = 32,
}

const EVERYTHING: u8 = 0b11_1111;

/// How the agent should connect from now on.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    /// The hash that identifies the offer.
    pub hash: Vec<u8>,
    /// The URL of the server; empty for the present one.
    pub destination: String,
    /// The value of the `Authorization` header, if there is one.
    pub authorization: Option<Zeroizing<String>>,
    /// How often to send a heartbeat; `None` if the server does not say.
    pub heartbeat: Option<Duration>,
}

impl std::fmt::Debug for Offer {
    /// Leaves out the credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Offer")
            .field("destination", &self.destination)
            .field("heartbeat", &self.heartbeat)
            .finish_non_exhaustive()
    }
}

/// One thing that a message from the server says.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The server refused the last message.
    Refused {
        /// Whether it refused because it is overloaded.
        is_busy: bool,
        /// Why, for people.
        why: String,
        /// How long to wait before the next attempt.
        retry_after: Option<Duration>,
    },
    /// The agent has a new instance UID; the conversation uses it already.
    Identity(Uuid),
    /// The server does not know the agent's state and asks for all of it. The conversation sends its own
    /// parts with the next message.
    AllAsked,
    /// How to connect from now on.
    Offer(Offer),
    /// The configuration that the agent should apply.
    Config(AgentRemoteConfig),
    /// Orders about commands.
    Orders(Orders),
    /// Readings of the host's own metrics are stored.
    Stored(Stored),
    /// Answers to what was asked about the front.
    Front(Answers),
}

/// The agent's side of one conversation with the server, by OpAMP.
#[derive(Clone, Debug)]
pub struct Session {
    uid: Uuid,
    sequence: u64,
    untold: u8,
    /// The custom capabilities of the server.
    customs: Customs,
}

impl Session {
    /// The conversation of the agent with this instance UID.
    pub const fn new(uid: Uuid) -> Self {
        Self { uid, sequence: 0, untold: EVERYTHING, customs: Customs::NONE }
    }

    /// The agent's instance UID.
    pub const fn uid(&self) -> Uuid {
        self.uid
    }

    /// Notes that there is a new connection, on which everything is sent again.
    pub const fn connected(&mut self) {
        self.untold = EVERYTHING;
        self.customs = Customs::NONE;
    }

    /// Notes that a part has changed since it was sent.
    pub const fn changed(&mut self, part: Part) {
        self.untold |= part as u8;
    }

    /// Whether there is anything that the server does not know yet.
    pub const fn has_news(&self) -> bool {
        self.untold != 0
    }

    /// Whether the server has a custom capability.
    pub const fn server_has(&self, custom: Custom) -> bool {
        self.customs.has(custom)
    }

    /// A message with all parts that the server does not know yet; if there are none, it is a
    /// heartbeat.
    pub fn tell(&mut self, machine: &(impl Machine + ?Sized)) -> AgentToServer {
        let untold = std::mem::take(&mut self.untold);
        let is_untold = |part: Part| untold & part as u8 != 0;
        AgentToServer {
            agent_description: is_untold(Part::Description).then(|| machine.description()),
            health: is_untold(Part::Health).then(|| machine.health()),
            effective_config: is_untold(Part::EffectiveConfig).then(|| machine.effective_config()).flatten(),
            remote_config_status: is_untold(Part::RemoteConfigStatus)
                .then(|| machine.remote_config_status())
                .flatten(),
            connection_settings_status: is_untold(Part::ConnectionSettingsStatus)
                .then(|| machine.connection_settings_status())
                .flatten(),
            custom_capabilities: is_untold(Part::Capabilities).then(announce_all),
            ..self.numbered()
        }
    }

    /// A message with reports of commands.
    pub fn report(&mut self, reports: Vec<Report>) -> AgentToServer {
        self.custom_message(Custom::Commands.tell_server(&Reports { reports }))
    }

    /// A message with readings of the host's own metrics.
    pub fn send_readings(&mut self, readings: &Readings) -> AgentToServer {
        self.custom_message(Custom::Observations.tell_server(readings))
    }

    /// A message with what the agent asks about its front.
    pub fn ask(&mut self, asks: &Asks) -> AgentToServer {
        self.custom_message(Custom::Front.tell_server(asks))
    }

    fn custom_message(&mut self, message: CustomMessage) -> AgentToServer {
        AgentToServer { custom_message: Some(message), ..self.numbered() }
    }

    /// A message that announces that the agent disconnects.
    pub fn leave(&mut self) -> AgentToServer {
        AgentToServer { agent_disconnect: Some(AgentDisconnect {}), ..self.numbered() }
    }

    fn numbered(&mut self) -> AgentToServer {
        self.sequence += 1;
        AgentToServer {
            instance_uid: self.uid.as_bytes().to_vec(),
            sequence_num: self.sequence,
            capabilities: agent::OURS,
            ..AgentToServer::default()
        }
    }

    /// What a message says, in the order in which to act on it.
    pub fn hear(&mut self, message: ServerToAgent) -> Vec<Heard> {
        if !message.instance_uid.is_empty() && message.instance_uid != self.uid.as_bytes() {
            tracing::debug!("a message for another agent was skipped");
            return Vec::new();
        }
        let mut heard = Vec::new();
        heard.extend(message.error_response.map(refusal));
        if let Some(identification) = message.agent_identification {
            match Uuid::from_slice(&identification.new_instance_uid) {
                Ok(uid) if !uid.is_nil() => {
                    self.uid = uid;
                    heard.push(Heard::Identity(uid));
                }
                _ => tracing::warn!(
                    "the server gave an instance UID that is not a UUID; the agent keeps the old one"
                ),
            }
        }
        if message.flags & server_flags::REPORT_FULL_STATE != 0 {
            self.untold = EVERYTHING;
            heard.push(Heard::AllAsked);
        }
        if let Some(capabilities) = message.custom_capabilities {
            self.customs = Customs::announced(&capabilities);
        }
        heard.extend(message.connection_settings.and_then(offer));
        heard.extend(message.remote_config.map(Heard::Config));
        heard.extend(message.custom_message.and_then(|message| self.custom(&message)));
        heard
    }

    fn custom(&mut self, message: &CustomMessage) -> Option<Heard> {
        let Some(custom) = Custom::of_server(message) else {
            tracing::debug!(
                capability = excerpt(&message.capability, SHOWN_MAX),
                "a custom message of an unknown kind was skipped"
            );
            return None;
        };
        let heard = match custom {
            Custom::Commands => Heard::Orders(decoded(message)?),
            Custom::Observations => Heard::Stored(decoded(message)?),
            Custom::Front => Heard::Front(decoded(message)?),
        };
        self.customs = self.customs.with(custom);
        Some(heard)
    }
}

/// The content of a custom message; `None` if it cannot be decoded, which is logged.
fn decoded<M: Weighed + Message + Default>(message: &CustomMessage) -> Option<M> {
    match weight::decode(&message.data, TO_AGENT_HELD_MAX) {
        Ok(content) => Some(content),
        Err(error) => {
            let capability = message.capability.as_str();
            tracing::warn!(capability, %error, "a custom message that could not be decoded was skipped");
            None
        }
    }
}

fn refusal(error: ServerErrorResponse) -> Heard {
    let is_busy = error.r#type() == ErrorType::Unavailable;
    let retry_after = error.retry_info.map(|info| Duration::from_nanos(info.retry_after_nanoseconds));
    Heard::Refused { is_busy, why: error.error_message, retry_after }
}

fn offer(offers: ConnectionSettingsOffers) -> Option<Heard> {
    let settings = offers.opamp?;
    let headers = settings.headers.map(|headers| headers.headers).unwrap_or_default();
    let authorization = headers
        .into_iter()
        .find(|header| header.key.eq_ignore_ascii_case("authorization"))
        .map(|header| Zeroizing::new(header.value));
    let seconds = settings.heartbeat_interval_seconds;
    Some(Heard::Offer(Offer {
        hash: offers.hash,
        destination: settings.destination_endpoint,
        authorization,
        heartbeat: (seconds > 0).then(|| Duration::from_secs(seconds)),
    }))
}

#[cfg(test)]
mod tests {
    use bailiwick_link::commands::{Order, ReportBody, Started};
    use bailiwick_link::opamp::{AgentIdentification, Header, Headers, OpAmpConnectionSettings, RetryInfo};

    use super::*;

    struct Quiet;
    impl Machine for Quiet {
        fn description(&self) -> AgentDescription {
            AgentDescription::default()
        }
        fn health(&self) -> ComponentHealth {
            ComponentHealth { healthy: true, ..ComponentHealth::default() }
        }
        fn effective_config(&self) -> Option<EffectiveConfig> {
            None
        }
        fn remote_config_status(&self) -> Option<RemoteConfigStatus> {
            Some(RemoteConfigStatus::default())
        }
        fn connection_settings_status(&self) -> Option<ConnectionSettingsStatus> {
            None
        }
    }

    fn session() -> Session {
        Session::new(Uuid::from_u128(7))
    }

    #[test]
    fn the_first_message_reports_all_and_later_ones_only_changes() {
        let mut session = session();
        let hello = session.tell(&Quiet);
        assert_eq!((hello.sequence_num, hello.capabilities), (1, agent::OURS));
        assert_eq!(hello.instance_uid, Uuid::from_u128(7).as_bytes());
        assert!(hello.agent_description.is_some() && hello.health.is_some());
        assert_eq!(hello.custom_capabilities, Some(announce_all()));
        assert!(!session.has_news());
        let heartbeat = session.tell(&Quiet);
        assert_eq!(heartbeat.sequence_num, 2);
        assert!(heartbeat.agent_description.is_none() && heartbeat.health.is_none());
        assert!(heartbeat.custom_capabilities.is_none() && heartbeat.remote_config_status.is_none());
        session.changed(Part::Health);
        let changed = session.tell(&Quiet);
        assert!(changed.health.is_some() && changed.agent_description.is_none());
        // Everything is sent again on a new connection, and when the server asks for it.
        session.connected();
        assert!(session.tell(&Quiet).agent_description.is_some());
        let ask = ServerToAgent { flags: server_flags::REPORT_FULL_STATE, ..ServerToAgent::default() };
        assert_eq!(session.hear(ask), [Heard::AllAsked]);
        assert!(session.has_news());
        let again = session.tell(&Quiet);
        assert!(again.agent_description.is_some() && again.custom_capabilities.is_some());
        assert_eq!(again.sequence_num, 5);
        assert!(session.leave().agent_disconnect.is_some());
    }

    #[test]
    fn a_clone_takes_its_new_identity_before_its_new_key() {
        let mut session = session();
        let new = Uuid::from_u128(9);
        let header = Header { key: "authorization".into(), value: "Bearer x".into() };
        let message = ServerToAgent {
            instance_uid: Uuid::from_u128(7).as_bytes().to_vec(),
            agent_identification: Some(AgentIdentification { new_instance_uid: new.as_bytes().to_vec() }),
            connection_settings: Some(ConnectionSettingsOffers {
                hash: vec![1],
                opamp: Some(OpAmpConnectionSettings {
                    destination_endpoint: String::new(),
                    headers: Some(Headers { headers: vec![header] }),
                    heartbeat_interval_seconds: 30,
                }),
            }),
            ..ServerToAgent::default()
        };
        let heard = session.hear(message);
        let [Heard::Identity(uid), Heard::Offer(offer)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!((*uid, session.uid()), (new, new));
        assert_eq!(offer.authorization.as_ref().unwrap().as_str(), "Bearer x");
        assert_eq!(offer.heartbeat, Some(Duration::from_secs(30)));
        assert!(!format!("{offer:?}").contains("Bearer"));
        let bad = AgentIdentification { new_instance_uid: vec![1, 2] };
        let heard =
            session.hear(ServerToAgent { agent_identification: Some(bad), ..ServerToAgent::default() });
        assert!(heard.is_empty() && session.uid() == new);
    }

    #[test]
    fn only_messages_of_known_capabilities_are_accepted() {
        let mut session = session();
        let orders = Orders { run: vec![Order::default()], ..Orders::default() };
        let stored = Stored { buffer: 7, sequence: 9 };
        let with = |message| ServerToAgent { custom_message: Some(message), ..ServerToAgent::default() };
        let message = Custom::Commands.tell_agent(&orders);
        let others = [
            CustomMessage { capability: "com.example.other".into(), ..message.clone() },
            CustomMessage { r#type: "other".into(), ..message.clone() },
            CustomMessage { r#type: Custom::Observations.to_agent().into(), ..message.clone() },
            CustomMessage { data: vec![0xff], ..message.clone() },
        ];
        for other in others {
            assert!(session.hear(with(other)).is_empty());
        }
        assert!(!session.server_has(Custom::Commands));
        assert_eq!(session.hear(with(message.clone())), [Heard::Orders(orders)]);
        assert!(session.server_has(Custom::Commands) && !session.server_has(Custom::Observations));
        let stray = ServerToAgent { instance_uid: vec![1; 16], ..with(message) };
        assert!(session.hear(stray).is_empty());
        assert_eq!(session.hear(with(Custom::Observations.tell_agent(&stored))), [Heard::Stored(stored)]);
        assert!(session.server_has(Custom::Observations));
        let report = Report { id: vec![1; 16], news: Some(ReportBody::Started(Started {})) };
        let message = session.report(vec![report.clone()]).custom_message.unwrap();
        assert_eq!(Custom::of_agent(&message), Some(Custom::Commands));
        assert_eq!(Reports::decode(message.data.as_slice()).unwrap().reports, [report]);
        let readings = Readings { buffer: 7, ..Readings::default() };
        let message = session.send_readings(&readings).custom_message.unwrap();
        assert_eq!(Custom::of_agent(&message), Some(Custom::Observations));
        assert_eq!(Readings::decode(message.data.as_slice()).unwrap(), readings);
    }

    #[test]
    fn the_retry_time_of_a_busy_server_is_read() {
        let error = ServerErrorResponse {
            r#type: ErrorType::Unavailable.into(),
            error_message: "busy".into(),
            retry_info: Some(RetryInfo { retry_after_nanoseconds: 30_000_000_000 }),
        };
        let heard = session().hear(ServerToAgent { error_response: Some(error), ..ServerToAgent::default() });
        let expected =
            Heard::Refused { is_busy: true, why: "busy".into(), retry_after: Some(Duration::from_secs(30)) };
        assert_eq!(heard, [expected]);
    }
}
