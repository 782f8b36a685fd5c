//! Writer of hosts' own metrics: one task stores the readings of many agents together, as the observations of
//! their nodes, and tells each agent what is stored.
//!
//! An agent sends again what it was not told of. That changes nothing, because the same value at the same time is
//! stored once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::observations::batch::{Batch, BatchAnswer, BatchSource, OnRefusal};
use bailiwick_domain::observations::column::{Column, Columns};
use bailiwick_domain::observations::observation::Observation;
use bailiwick_domain::reach::OrganizationReach;
use bailiwick_engine::background::log_background_error;
use bailiwick_store::{AppendError, Error as StoreError, long_work};
use tokio_util::sync::CancellationToken;

use crate::connections::{
    AgentMessage, Connection, HostReading, HostReadings, StoredReadings, WaitingReadings,
};
use crate::fleet::Fleet;

/// How many messages are taken from the queue together.
const MESSAGES_AT_ONCE: usize = 1_024;
/// How many values are stored in one batch, unless one message has more.
const VALUES_AT_ONCE: usize = 50_000;
/// How long to wait before trying again after a failure: the first wait, and the longest.
const AGAIN_FIRST: Duration = Duration::from_millis(200);
const AGAIN_LAST: Duration = Duration::from_secs(5);

/// Whether an error is caused by the data and not by the database, so that trying again is useless.
const fn is_of_data(error: &StoreError) -> bool {
    matches!(error, StoreError::Corrupt { .. } | StoreError::Taken)
}

/// Messages of agents of one organization that are stored together.
struct Group {
    organization: OrganizationId,
    messages: Vec<WaitingReadings>,
}

/// Divides messages into groups.
fn groups(messages: Vec<WaitingReadings>) -> Vec<Group> {
    let mut by_organization: BTreeMap<OrganizationId, Vec<WaitingReadings>> = BTreeMap::new();
    for message in messages {
        by_organization.entry(message.connection.organization).or_default().push(message);
    }
    let mut groups = Vec::new();
    for (organization, messages) in by_organization {
        let (mut group, mut values) = (Group { organization, messages: Vec::new() }, 0);
        for message in messages {
            values += message.readings.readings.len();
            if values > VALUES_AT_ONCE && !group.messages.is_empty() {
                values = message.readings.readings.len();
                groups.push(std::mem::replace(&mut group, Group { organization, messages: Vec::new() }));
            }
            group.messages.push(message);
        }
        groups.push(group);
    }
    groups
}

impl Group {
    fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.messages.iter().map(|message| message.connection.node)
    }

    /// All readings as columns. Each has a line, in the order of the messages.
    fn columns(&self) -> Vec<Column> {
        let mut columns = Columns::default();
        let all = self.messages.iter().flat_map(|message| {
            message.readings.readings.iter().map(|reading| (message.connection.node, reading))
        });
        for (line, (node, HostReading { metric, at, value })) in (0..).zip(all) {
            let (metric, value) = (metric.clone(), value.clone());
            let observation = Observation { node, metric, at: *at, value, sequence: None };
            if let Err(error) = columns.add(line, observation) {
                tracing::warn!(%node, %error, "a reading of a host was left out");
            }
        }
        columns.finish()
    }

    /// Tells the agents of existing nodes what became of their readings.
    fn answer(&self, existing: &HashSet<NodeId>, answer: &BatchAnswer) {
        let mut refusals = answer.refusals.iter().peekable();
        let mut end = 0;
        for WaitingReadings { connection, readings: HostReadings { buffer, sequence, readings }, .. } in
            &self.messages
        {
            end += readings.len();
            let (mut refused, mut why) = (0, None);
            while let Some(refusal) = refusals.next_if(|refusal| (refusal.line as usize) < end) {
                refused += 1;
                why.get_or_insert_with(|| refusal.reason.to_string());
            }
            if existing.contains(&connection.node) {
                acknowledge(
                    connection,
                    StoredReadings { buffer: *buffer, sequence: *sequence, refused, why },
                );
            }
        }
    }
}

/// Tells an agent what is stored. If there is no room, the agent sends it again.
fn acknowledge(connection: &Connection, stored: StoredReadings) {
    let _ = connection.tell(AgentMessage::Stored(stored));
}

impl Fleet {
    /// Queues an agent's readings of its host's own metrics, for its own node. It is told when they are stored.
    /// Metrics of anything else are left out; returns how many.
    pub fn take_readings(&self, connection: &Arc<Connection>, mut readings: HostReadings) -> usize {
        let sent = readings.readings.len();
        readings.readings.retain(|reading| connection.is_ours && reading.metric.key.is_of_host());
        let left_out = sent - readings.readings.len();
        if !self.dispatcher.readings.take(connection, readings) {
            tracing::debug!(agent = %connection.agent, "there is no room for the readings of a host; the agent sends them again");
        }
        left_out
    }

    /// Writes readings as they come, until `stop`; then writes the rest.
    pub(crate) async fn record_readings(self: Arc<Self>, stop: CancellationToken) {
        let mut waiting = self.dispatcher.readings.waiting.lock().await;
        let mut messages = Vec::new();
        while stop.run_until_cancelled(waiting.recv_many(&mut messages, MESSAGES_AT_ONCE)).await.is_some() {
            self.store_groups(std::mem::take(&mut messages), &stop).await;
        }
        while let Ok(message) = waiting.try_recv() {
            messages.push(message);
        }
        self.store_groups(messages, &stop).await;
    }

    async fn store_groups(&self, messages: Vec<WaitingReadings>, stop: &CancellationToken) {
        // Those that wait at the same time share a transaction.
        let groups = groups(messages).into_iter().map(|group| self.store_group_in_parts(group, stop));
        futures::future::join_all(groups).await;
    }

    /// Stores a group. If its data is at fault, stores its messages one by one, so that one bad message does not
    /// block the others, and drops those that cannot be stored.
    async fn store_group_in_parts(&self, group: Group, stop: &CancellationToken) {
        if self.store_readings_surely(&group, stop).await.is_ok() {
            return;
        }
        let Group { organization, messages } = group;
        for message in messages {
            let one = Group { organization, messages: vec![message] };
            let Err(error) = self.store_readings_surely(&one, stop).await else { continue };
            for WaitingReadings { connection, readings, .. } in &one.messages {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, agent = %connection.agent, node = %connection.node, "readings of a host cannot be stored and are dropped");
                let HostReadings { buffer, sequence, .. } = *readings;
                acknowledge(connection, StoredReadings { buffer, sequence, refused: 0, why: None });
            }
        }
    }

    /// Stores a group, trying again until it works or the server stops. After `stop` it tries once: agents repeat
    /// what is not acknowledged. Returns an error only if the data is at fault.
    async fn store_readings_surely(
        &self,
        group: &Group,
        stop: &CancellationToken,
    ) -> Result<(), AppendError> {
        let mut wait = AGAIN_FIRST;
        loop {
            match self.store_readings(group).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Store(error)) if !is_of_data(&error) => {
                    log_background_error(&error, "readings of hosts could not be stored; this is retried");
                }
                Err(error) => return Err(error),
            }
            if stop.run_until_cancelled(tokio::time::sleep(wait)).await.is_none() {
                return Ok(());
            }
            wait = (wait * 2).min(AGAIN_LAST);
        }
    }

    async fn store_readings(&self, group: &Group) -> Result<(), AppendError> {
        let reach = OrganizationReach::whole(group.organization);
        let existing = self.control.store().nodes(&reach).existing(group.nodes()).await?;
        let existing: HashSet<NodeId> = existing.into_iter().collect();
        let mut columns = long_work(|| group.columns());
        // A node that was deleted meanwhile gets nothing, and its agent is not answered: it is disconnected. If it
        // comes back as the agent of another node, that node gets the readings.
        columns.retain(|column| existing.contains(&column.node));
        for message in group.messages.iter().filter(|one| !existing.contains(&one.connection.node)) {
            message.connection.end();
        }
        let batch = Batch {
            organization: group.organization,
            source: BatchSource::agents(),
            id: None,
            on_refusal: OnRefusal::StoreOthers,
            columns,
        };
        let answer = if batch.is_empty() {
            BatchAnswer::default()
        } else {
            self.control.observations().append(batch, self.control.now()).await?
        };
        group.answer(&existing, &answer);
        Ok(())
    }
}
