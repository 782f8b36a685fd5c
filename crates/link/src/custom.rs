//! The registry of Bailiwick's custom capabilities: what messages there are beyond those of OpAMP itself
//! (specification, section "Custom Messages").

use prost::Message;

use crate::opamp::{CustomCapabilities, CustomMessage};
use crate::{commands, front, observations};

/// A custom capability. It has one type of messages from the server to agents, and one from agents to the
/// server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Custom {
    /// [Commands](crate::commands).
    Commands = 1,
    /// [Observations](crate::observations) of the agent's own host.
    Observations = 2,
    /// [The front](crate::front) of exporters.
    Front = 4,
}

impl Custom {
    /// Every custom capability.
    pub const ALL: [Self; 3] = [Self::Commands, Self::Observations, Self::Front];

    /// The name by which agents and servers announce it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commands => "dev.bailiwick.commands",
            Self::Observations => "dev.bailiwick.observations",
            Self::Front => "dev.bailiwick.front",
        }
    }

    /// The type of its messages to agents.
    pub const fn to_agent(self) -> &'static str {
        match self {
            Self::Commands => commands::ORDERS,
            Self::Observations => observations::STORED,
            Self::Front => front::ANSWERS,
        }
    }

    /// The type of its messages to the server.
    pub const fn to_server(self) -> &'static str {
        match self {
            Self::Commands => commands::REPORTS,
            Self::Observations => observations::READINGS,
            Self::Front => front::ASKS,
        }
    }

    /// A message of it to an agent.
    pub fn tell_agent(self, content: &impl Message) -> CustomMessage {
        self.message(self.to_agent(), content)
    }

    /// A message of it to the server.
    pub fn tell_server(self, content: &impl Message) -> CustomMessage {
        self.message(self.to_server(), content)
    }

    fn message(self, kind: &str, content: &impl Message) -> CustomMessage {
        CustomMessage {
            capability: self.name().to_owned(),
            r#type: kind.to_owned(),
            data: content.encode_to_vec(),
        }
    }

    /// The capability that a message of an agent belongs to; `None` if it is unknown, or has no such type of
    /// messages.
    pub fn of_agent(message: &CustomMessage) -> Option<Self> {
        Self::named(&message.capability).filter(|custom| message.r#type == custom.to_server())
    }

    /// The capability that a message of a server belongs to; `None` if it is unknown, or has no such type of
    /// messages.
    pub fn of_server(message: &CustomMessage) -> Option<Self> {
        Self::named(&message.capability).filter(|custom| message.r#type == custom.to_agent())
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|custom| custom.name() == name)
    }
}

/// The custom capabilities that an agent or a server has announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customs(u8);

impl Customs {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// Those that were announced. Unknown ones are left out.
    pub fn announced(capabilities: &CustomCapabilities) -> Self {
        let known = capabilities.capabilities.iter().filter_map(|name| Custom::named(name));
        known.fold(Self::NONE, Self::with)
    }

    /// The same, with one more.
    #[must_use]
    pub const fn with(self, custom: Custom) -> Self {
        Self(self.0 | custom as u8)
    }

    /// Whether one of them was announced.
    pub const fn has(self, custom: Custom) -> bool {
        self.0 & custom as u8 != 0
    }
}

/// The announcement of all custom capabilities, which our own agents and servers make.
pub fn announce_all() -> CustomCapabilities {
    CustomCapabilities { capabilities: Custom::ALL.map(|custom| custom.name().to_owned()).to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_known_to_the_other_side() {
        let all = Customs::announced(&announce_all());
        assert!(Custom::ALL.into_iter().all(|custom| all.has(custom)));
        let some = CustomCapabilities {
            capabilities: vec!["com.example.other".into(), "dev.bailiwick.observations".into()],
        };
        let some = Customs::announced(&some);
        assert!(some.has(Custom::Observations) && !some.has(Custom::Commands));
    }

    #[test]
    fn a_message_belongs_to_a_capability_by_name_type_and_direction() {
        for custom in Custom::ALL {
            let to_agent = custom.tell_agent(&observations::Stored::default());
            assert_eq!((Custom::of_server(&to_agent), Custom::of_agent(&to_agent)), (Some(custom), None));
            let to_server = custom.tell_server(&observations::Readings::default());
            assert_eq!((Custom::of_server(&to_server), Custom::of_agent(&to_server)), (None, Some(custom)));
            let other = CustomMessage { capability: "com.example.other".into(), ..to_server };
            assert_eq!(Custom::of_agent(&other), None);
        }
    }
}
