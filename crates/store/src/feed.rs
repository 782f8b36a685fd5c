//! Receives the changes of other servers on the same PostgreSQL, with `LISTEN`.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;

use crate::database::store::{Pool, Store};
use crate::database::transaction::CHANNEL;
use crate::error::Result;
use crate::locks::change::Change;
use crate::sql::log::StatementLog;
use crate::sql::name::StatementName;

/// How long the connection may be silent before it is checked.
const SILENCE: Duration = Duration::from_secs(5);
/// How long the connection may take to answer that check.
const ANSWER: Duration = Duration::from_secs(2);

/// What a server receives from the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedEvent {
    /// A server committed this change.
    Changed(Change),
    /// No notification arrived for a while, and the connection works.
    Nothing,
    /// Notifications may have been missed, because the connection was lost, or one was not understood,
    /// because a newer version sent it: everything may have changed.
    Gap,
}

/// The changes that every server on the same database commits.
#[derive(Debug)]
pub struct Feed {
    listener: PgListener,
    /// The PostgreSQL backend process of the connection. If it is another one, the connection was replaced
    /// and notifications may have been missed.
    process: i32,
    log: Arc<StatementLog>,
}

impl Store {
    /// Begins to listen. `None` on SQLite, which has only one server.
    pub async fn listen(&self) -> Result<Option<Feed>> {
        let Pool::Postgres(pool) = self.pool() else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        let log = Arc::clone(self.log());
        let process = process(&log, &mut listener).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Feed { listener, process, log }))
    }
}

/// The id of the PostgreSQL backend process that a listener is connected to.
async fn process(log: &StatementLog, listener: &mut PgListener) -> Result<i32> {
    let asked = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(listener);
    Ok(log.time(StatementName::FeedProcess, asked).await?)
}

impl Feed {
    /// Waits for the next news. An error means that this feed has ended and must be replaced.
    pub async fn next(&mut self) -> Result<FeedEvent> {
        match tokio::time::timeout(SILENCE, self.listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                Ok(notification.payload().parse().map_or(FeedEvent::Gap, FeedEvent::Changed))
            }
            Ok(Ok(None)) => Ok(FeedEvent::Gap),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => match tokio::time::timeout(ANSWER, process(&self.log, &mut self.listener)).await {
                // The connection was lost, and this very query opened a new one.
                Ok(answer) if answer.as_ref().is_ok_and(|process| *process != self.process) => {
                    self.process = answer?;
                    Ok(FeedEvent::Gap)
                }
                Ok(answer) => answer.map(|_| FeedEvent::Nothing),
                Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
            },
        }
    }
}
