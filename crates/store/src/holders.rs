//! Which server holds the connection of a node's agent, and what servers ask each other about it.

use std::fmt;
use std::str::FromStr;

use bailiwick_domain::id::NodeId;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::change::Change;
use crate::database::{Store, Tx};
use crate::error::Result;
use crate::run::Run;
use crate::statement::Statement;

/// A question of one server to another: does the agent of this node answer you?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HolderQuestion {
    /// The node.
    pub node: NodeId,
    /// The server that asks.
    pub from: Uuid,
    /// The server that is asked.
    pub to: Uuid,
    /// Which of its questions the asking server is answered.
    pub number: u64,
    /// Whether the agent has come to the asking server: if it does not answer the other, its connection there
    /// ends.
    pub has_come: bool,
}

/// The answer to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HolderAnswer {
    /// The agent is connected, and answers.
    There,
    /// The agent polls: nobody can ask it.
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

impl Store {
    /// Writes down that a server holds the connection of a node's agent; the server that held it before.
    /// Nothing is written of a node that is gone.
    pub async fn hold_node(&self, node: NodeId, server: Uuid, since: Timestamp) -> Result<Option<Uuid>> {
        // Of two at once the later one waits for the row, and finds the earlier one's server in it.
        let statement = Statement::new(
            "INSERT INTO node_holders AS held (node_id, server_id, since) SELECT id, $2, $3 FROM nodes WHERE id = $1 \
             ON CONFLICT (node_id) DO UPDATE SET previous_server_id = held.server_id, server_id = $2, since = $3 \
             RETURNING previous_server_id",
        )
        .bind(node.as_uuid())
        .bind(server)
        .bind(since.as_micros());
        let row: Option<(Option<Uuid>,)> = { self }.row(statement).await?;
        Ok(row.and_then(|(before,)| before))
    }

    /// The server that a node's agent connected to last.
    pub async fn node_holder(&self, node: NodeId) -> Result<Option<Uuid>> {
        let statement = Statement::new("SELECT server_id FROM node_holders WHERE node_id = $1");
        let row: Option<(Uuid,)> = { self }.row(statement.bind(node.as_uuid())).await?;
        Ok(row.map(|(server,)| server))
    }

    /// Gives the connection of a node's agent back to the server that holds it, if nobody else took it since.
    pub async fn give_node_back(&self, node: NodeId, from: Uuid, to: Uuid) -> Result<()> {
        let statement =
            Statement::new("UPDATE node_holders SET server_id = $3 WHERE node_id = $1 AND server_id = $2")
                .bind(node.as_uuid())
                .bind(from)
                .bind(to);
        let _: Vec<(i64,)> = { self }.rows(statement).await?;
        Ok(())
    }

    /// Writes down that a server holds no connection any more.
    pub async fn release_nodes(&self, server: Uuid) -> Result<()> {
        let statement = Statement::new("DELETE FROM node_holders WHERE server_id = $1").bind(server);
        let _: Vec<(i64,)> = { self }.rows(statement).await?;
        Ok(())
    }
}

impl Tx {
    /// Asks another server, once this is committed, whether the agent of a node answers it.
    pub fn ask_holder(&mut self, question: HolderQuestion) {
        self.changed(Change::HolderAsked(question));
    }

    /// Answers a question of another server, once this is committed.
    pub fn answer_holder(&mut self, question: HolderQuestion, answer: HolderAnswer) {
        self.changed(Change::HolderAnswered(question, answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_as_they_are_written() {
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
