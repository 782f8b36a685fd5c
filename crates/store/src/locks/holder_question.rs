//! Questions between servers about which of them a node's agent is connected to.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::id::NodeId;
use uuid::Uuid;

/// A server's question to another server: does the agent of this node still answer on your connection?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HolderQuestion {
    /// The node.
    pub node: NodeId,
    /// The server that asks.
    pub from: Uuid,
    /// The server that is asked.
    pub to: Uuid,
    /// The number of the question, unique within the asking server, which matches an answer to it.
    pub number: u64,
    /// Whether the agent has connected to the asking server (otherwise, it wants to enrol). If it has, and
    /// it does not answer the other server, its connection there is closed.
    pub has_come: bool,
}

/// The answer to a [`HolderQuestion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolderAnswer {
    /// The agent is connected and answers.
    There,
    /// The agent polls, so it cannot be asked.
    Polls,
    /// No agent of this node is connected there.
    Gone,
}

impl fmt::Display for HolderQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = if self.has_come { "come" } else { "enrols" };
        write!(f, "{}:{}:{}:{}:{reason}", self.node, self.from, self.to, self.number)
    }
}

impl FromStr for HolderQuestion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(());
        let question = Self {
            node: next()?.parse().map_err(|_| ())?,
            from: next()?.parse().map_err(|_| ())?,
            to: next()?.parse().map_err(|_| ())?,
            number: next()?.parse().map_err(|_| ())?,
            has_come: match next()? {
                "come" => true,
                "enrols" => false,
                _ => return Err(()),
            },
        };
        parts.next().is_none().then_some(question).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::change::Change;

    #[test]
    fn a_holder_question_is_parsed_from_its_text() {
        let id = Uuid::from_u128;
        for has_come in [true, false] {
            let question = HolderQuestion {
                node: NodeId::from_uuid(id(1)),
                from: id(2),
                to: id(3),
                number: 4,
                has_come,
            };
            assert_eq!(question.to_string().parse(), Ok(question));
            for text in ["", "x", &format!("{question}:5"), &question.to_string()[1..]] {
                assert_eq!(text.parse::<HolderQuestion>(), Err(()), "{text}");
            }
            let answers = [HolderAnswer::There, HolderAnswer::Polls, HolderAnswer::Gone];
            let answered = answers.map(|answer| Change::HolderAnswered(question, answer));
            for change in answered.into_iter().chain([Change::HolderAsked(question)]) {
                assert_eq!(change.to_string().parse(), Ok(change));
            }
        }
    }
}
