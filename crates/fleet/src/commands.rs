//! Delivery of waiting commands to nodes, and of their cancellation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::command::{Order, ResultState, SecretEnv};
use bailiwick_domain::id::{CommandId, NodeId};
use bailiwick_engine::error::{Error, Result};
use bailiwick_store::commands::{Issued, OpenResult};
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::connections::AgentMessage;
use crate::fleet::Fleet;

/// How many commands are read per query for one node.
const ORDERS_AT_ONCE: u32 = 32;
/// How many nodes are sent their waiting commands at the same time.
const NODES_AT_ONCE: usize = 32;
/// How long sending a node everything that waits for it may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to do if an agent's queue has no room.
#[derive(Clone, Copy)]
enum Room {
    /// Stop: only send what there is room for now.
    Now,
    /// Wait for room.
    Later,
}

/// Whether an agent must not begin a command, or must end it if it runs. A command that was withdrawn goes on
/// where it runs.
const fn is_over(issued: &Issued, is_running: bool) -> bool {
    issued.command.cancelled_at.is_some() || (issued.is_withdrawn && !is_running)
}

impl Fleet {
    /// Notes that changes may have been missed: everything that waits for connected nodes is sent once
    /// more.
    pub(crate) fn note_gap(&self) {
        for connection in self.connections.all() {
            self.dispatcher.note_behind(connection.node);
        }
    }

    /// Sends an agent that has just connected everything that waits for its node, and repeats commands
    /// that were sent before but have no result yet; the agent knows which of them it has run. Does not
    /// wait for room: the rest, and what cannot be read now, is sent a little later.
    pub async fn tell_waiting(&self, node: NodeId) -> Result<()> {
        // Thousands of agents may connect at the same time, and the database has other work.
        let _turn = self.dispatcher.greetings.acquire().await.map_err(Error::internal)?;
        let told = self.tell_all_waiting(node, Room::Now).await;
        if told.is_err() {
            self.dispatcher.note_behind(node);
        }
        told
    }

    /// Sends a node's agent everything that waits for it.
    async fn tell_all_waiting(&self, node: NodeId, room: Room) -> Result<()> {
        let Some(connection) = self.connections.get(node) else { return Ok(()) };
        let mut after = None;
        loop {
            let open = self.control.store().open_results_of(node, after, ORDERS_AT_ONCE).await?;
            let Some(last) = open.last() else { return Ok(()) };
            after = Some(last.command);
            let is_queued = |result: &&OpenResult| result.state == ResultState::Queued;
            let queued: Vec<CommandId> = open.iter().filter(is_queued).map(|result| result.command).collect();
            let running: BTreeSet<CommandId> = open
                .iter()
                .filter(|result| result.state == ResultState::Running)
                .map(|result| result.command)
                .collect();
            let mut ids: Vec<CommandId> =
                open.iter().filter(|result| !is_queued(result)).map(|result| result.command).collect();
            ids.extend(self.claim_for(node, &queued).await?);
            ids.sort_unstable();
            for issued in self.control.store().issued(&ids).await? {
                // A command that is over is only sent as a cancellation, so that the agent does not begin
                // it if it is unknown.
                let told = if is_over(&issued, running.contains(&issued.command.id)) {
                    Some(AgentMessage::Cancel(issued.command.id))
                } else {
                    self.order(issued).map(|order| AgentMessage::Run(Arc::new(order)))
                };
                let Some(told) = told else { continue };
                let is_told = match room {
                    Room::Now => connection.tell(told),
                    Room::Later => connection.tell_all(told).await,
                };
                if !is_told {
                    self.dispatcher.note_behind(node);
                    return Ok(());
                }
            }
        }
    }

    /// A command in the form in which it is sent to agents; `None` if its environment cannot be opened,
    /// which is logged.
    fn order(&self, issued: Issued) -> Option<Order> {
        let Issued { command, env, is_withdrawn: _ } = issued;
        let opened = env.map(|sealed| {
            let text = self
                .control
                .keyring()
                .peppers()
                .open(&SecretEnv::place(command.id), &sealed)
                .map_err(Error::internal)?;
            SecretEnv::of_text(&text).map_err(Error::internal)
        });
        match opened.transpose() {
            Ok(env) => Some(Order::new(&command, env.unwrap_or_default())),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, command = %command.id, "the environment of a command could not be decrypted");
                None
            }
        }
    }

    /// Marks those of these commands that wait for a node as sent to it, in one transaction.
    async fn claim_for(&self, node: NodeId, commands: &[CommandId]) -> Result<Vec<CommandId>> {
        let mut claimed = Vec::new();
        if commands.is_empty() {
            return Ok(claimed);
        }
        let mut tx = self.control.store().begin().await?;
        // In the order of their ids, which is the order in which all transactions lock these rows.
        for command in commands {
            if !tx.claim_results(*command, &[node], self.control.now()).await?.is_empty() {
                claimed.push(*command);
            }
        }
        let changes = tx.commit().await?;
        self.control.note(&changes);
        Ok(claimed)
    }

    /// Marks a command as sent to those of `nodes` for which it waits.
    async fn claim(&self, command: CommandId, nodes: &[NodeId]) -> Result<Vec<NodeId>> {
        let mut tx = self.control.store().begin().await?;
        let claimed = tx.claim_results(command, nodes, self.control.now()).await?;
        let changes = tx.commit().await?;
        self.control.note(&changes);
        Ok(claimed)
    }

    /// Sends a command to connected nodes; their results are already marked as sent.
    pub(crate) fn tell_order(&self, order: &Arc<Order>, nodes: &[NodeId]) {
        for node in nodes {
            if let Some(connection) = self.connections.get(*node) {
                self.dispatcher.tell_order(&connection, order);
            }
        }
    }

    /// Sends new, cancelled and withdrawn commands to nodes, until `stop`.
    pub(crate) async fn dispatch(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(self.dispatcher.is_given.notified()).await.is_some() {
            for command in self.dispatcher.take_given() {
                if let Err(error) = self.dispatch_one(command).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, %command, "a command could not be sent to its nodes");
                    self.note_gap();
                    self.control.wake_watchers();
                }
            }
        }
    }

    /// Sends a new, cancelled or withdrawn command to those of its nodes that are connected here.
    async fn dispatch_one(&self, command: CommandId) -> Result<()> {
        if self.connections.is_empty() {
            return Ok(());
        }
        let Some(issued) = self.control.store().issued(&[command]).await?.pop() else { return Ok(()) };
        let states: &[ResultState] = match (is_over(&issued, true), is_over(&issued, false)) {
            (true, _) => &[ResultState::Sent, ResultState::Running],
            (false, true) => &[ResultState::Sent],
            (false, false) => &[ResultState::Queued],
        };
        let mut nodes = self.control.store().open_nodes_of(command, states).await?;
        nodes.retain(|node| self.connections.get(*node).is_some());
        if nodes.is_empty() {
            return Ok(());
        }
        if is_over(&issued, false) {
            for connection in nodes.into_iter().filter_map(|node| self.connections.get(node)) {
                if !connection.tell(AgentMessage::Cancel(command)) {
                    self.dispatcher.note_behind(connection.node);
                }
            }
            return Ok(());
        }
        let claimed = self.claim(command, &nodes).await?;
        if let Some(order) = self.order(issued) {
            self.tell_order(&Arc::new(order), &claimed);
        }
        Ok(())
    }

    /// Sends nodes what there was no room for before.
    pub(crate) async fn catch_up(&self) {
        for (node, commands) in self.dispatcher.take_unacknowledged() {
            if let Some(connection) = self.connections.get(node) {
                self.dispatcher.acknowledge(&connection, commands);
            }
        }
        let behind = futures::stream::iter(self.dispatcher.take_behind());
        behind
            .for_each_concurrent(NODES_AT_ONCE, async |node| {
                let told = self.tell_all_waiting(node, Room::Later);
                let told = tokio::time::timeout(PATIENCE, told).await;
                if !matches!(told, Ok(Ok(()))) && self.connections.get(node).is_some() {
                    self.dispatcher.note_behind(node);
                }
            })
            .await;
    }
}
