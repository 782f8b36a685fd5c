//! How a server hears of the changes of others on the same PostgreSQL: by `LISTEN`.

use std::time::Duration;

use sqlx::postgres::PgListener;

use crate::change::Change;
use crate::database::{Pool, Store};
use crate::error::Result;
use crate::transaction::CHANNEL;

/// How long the connection may be silent before it is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take to answer that.
const ANSWER: Duration = Duration::from_secs(2);

/// What a server hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something changed.
    Changed(Change),
    /// Nothing was told for a while, and the connection lives.
    Nothing,
    /// The connection was lost for a while, or somebody newer speaks: everything may have changed.
    Gap,
}

/// Changes by every server on the same database.
#[derive(Debug)]
pub struct Feed {
    listener: PgListener,
    /// The server process at the other end: another one was not listening all the time.
    process: i32,
}

impl Store {
    /// Begins to listen. `None` on SQLite, where there is one server only.
    pub async fn listen(&self) -> Result<Option<Feed>> {
        let Pool::Postgres(pool) = self.pool() else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        let process = process(&mut listener).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Feed { listener, process }))
    }
}

/// The server process that a listener is connected to.
async fn process(listener: &mut PgListener) -> Result<i32> {
    Ok(sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(listener).await?)
}

impl Feed {
    /// What is heard next. An error means that this feed has ended and another must be made.
    pub async fn next(&mut self) -> Result<News> {
        match tokio::time::timeout(SILENCE, self.listener.try_recv()).await {
            Ok(Ok(Some(notification))) => Ok(notification.payload().parse().map_or(News::Gap, News::Changed)),
            Ok(Ok(None)) => Ok(News::Gap),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => match tokio::time::timeout(ANSWER, process(&mut self.listener)).await {
                // The connection was lost and made anew by this very question.
                Ok(answer) if answer.as_ref().is_ok_and(|process| *process != self.process) => {
                    self.process = answer?;
                    Ok(News::Gap)
                }
                Ok(answer) => answer.map(|_| News::Nothing),
                Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
            },
        }
    }
}
