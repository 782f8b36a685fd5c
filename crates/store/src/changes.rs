//! Changes that other servers on the same PostgreSQL must hear of, by `LISTEN` and `NOTIFY`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::key::KeyId;
use sqlx::postgres::PgListener;

use crate::database::{Pool, Store};
use crate::error::Result;

pub(crate) const CHANNEL: &str = "bailiwick_changes";

/// How long the connection may be silent before it is asked whether it still lives.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take to answer that.
const ANSWER: Duration = Duration::from_secs(2);

/// Something changed that servers hold in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A key was created, changed or deleted.
    Key(KeyId),
    /// An organization was created, changed or deleted.
    Organization(OrganizationId),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Organization(id) => write!(f, "organization:{id}"),
        }
    }
}

impl FromStr for Change {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("key", id)) => id.parse().map(Self::Key).map_err(|_| ()),
            Some(("organization", id)) => id.parse().map(Self::Organization).map_err(|_| ()),
            _ => Err(()),
        }
    }
}

/// What a server hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something changed.
    Changed(Change),
    /// The connection was lost for a while, or somebody newer speaks: everything may have changed.
    Gap,
}

/// Changes by every server on the same database.
#[derive(Debug)]
pub struct Feed {
    listener: PgListener,
}

impl Store {
    /// Begins to listen. `None` on SQLite, where there is one server only.
    pub async fn listen(&self) -> Result<Option<Feed>> {
        let Pool::Postgres(pool) = self.pool() else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Feed { listener }))
    }
}

impl Feed {
    /// The next change. An error means that this feed has ended and another must be made.
    pub async fn next(&mut self) -> Result<News> {
        loop {
            match tokio::time::timeout(SILENCE, self.listener.try_recv()).await {
                Ok(Ok(Some(notification))) => {
                    return Ok(notification.payload().parse().map_or(News::Gap, News::Changed));
                }
                Ok(Ok(None)) => return Ok(News::Gap),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) => {
                    let asked = sqlx::query("SELECT 1").execute(&mut self.listener);
                    match tokio::time::timeout(ANSWER, asked).await {
                        Ok(answer) => {
                            answer?;
                        }
                        Err(_) => return Err(sqlx::Error::PoolTimedOut.into()),
                    }
                }
            }
        }
    }
}
