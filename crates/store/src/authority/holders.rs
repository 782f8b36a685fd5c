//! Records which server each node's agent is connected to.

use bailiwick_domain::id::NodeId;
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::Result;
use crate::locks::change::Change;
use crate::locks::holder_question::{HolderAnswer, HolderQuestion};
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

impl Store {
    /// Records that a server holds the connection of a node's agent. Returns the server that held it before.
    /// Does nothing if the node was deleted.
    pub async fn hold_node(&self, node: NodeId, server: Uuid, since: Timestamp) -> Result<Option<Uuid>> {
        // If two servers do this at once, the later one waits for the row and then finds the earlier one in
        // it.
        let statement = Statement::new(
            "INSERT INTO node_holders AS held (node_id, server_id, since) SELECT id, $2, $3 FROM nodes WHERE id = $1 \
             ON CONFLICT (node_id) DO UPDATE SET previous_server_id = held.server_id, server_id = $2, since = $3 \
             RETURNING previous_server_id",
        )
        .bind(node.as_uuid())
        .bind(server)
        .bind(since.as_micros());
        let row: Option<(Option<Uuid>,)> = { self }.row(StatementName::HoldersHold, statement).await?;
        Ok(row.and_then(|(before,)| before))
    }

    /// The server that a node's agent last connected to.
    pub async fn node_holder(&self, node: NodeId) -> Result<Option<Uuid>> {
        let statement = Statement::new("SELECT server_id FROM node_holders WHERE node_id = $1");
        let row: Option<(Uuid,)> =
            { self }.row(StatementName::HoldersGet, statement.bind(node.as_uuid())).await?;
        Ok(row.map(|(server,)| server))
    }

    /// Hands a node's connection back from server `from` to server `to`, unless another server took it
    /// since.
    pub async fn give_node_back(&self, node: NodeId, from: Uuid, to: Uuid) -> Result<()> {
        let statement =
            Statement::new("UPDATE node_holders SET server_id = $3 WHERE node_id = $1 AND server_id = $2")
                .bind(node.as_uuid())
                .bind(from)
                .bind(to);
        let _: Vec<(i64,)> = { self }.rows(StatementName::HoldersGiveBack, statement).await?;
        Ok(())
    }

    /// Records that a server no longer holds any connection.
    pub async fn release_nodes(&self, server: Uuid) -> Result<()> {
        let statement = Statement::new("DELETE FROM node_holders WHERE server_id = $1").bind(server);
        let _: Vec<(i64,)> = { self }.rows(StatementName::HoldersRelease, statement).await?;
        Ok(())
    }
}

impl Tx {
    /// Asks another server, at the commit, whether it still reaches the agent of a node.
    pub fn ask_holder(&mut self, question: HolderQuestion) {
        self.changed(Change::HolderAsked(question));
    }

    /// Answers a question of another server, at the commit.
    pub fn answer_holder(&mut self, question: HolderQuestion, answer: HolderAnswer) {
        self.changed(Change::HolderAnswered(question, answer));
    }
}
