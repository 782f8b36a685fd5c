//! Whether a database answers, and what is in it.

use crate::database::{Engine, Store};
use crate::error::Result;
use crate::run::Run as _;
use crate::statement::Statement;

impl Store {
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let mut run = self;
        run.rows::<(i64,)>(Statement::new("SELECT CAST(1 AS BIGINT)")).await.map(|_| ())
    }

    /// The tables and their columns, sorted, for the test that both schemas are alike.
    pub async fn columns(&self) -> Result<Vec<(String, String)>> {
        let mut run = self;
        run.rows(Statement::new(match self.engine() {
            Engine::Sqlite => {
                "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
            }
            Engine::Postgres => {
                "SELECT table_name::text COLLATE \"C\", column_name::text COLLATE \"C\" \
                 FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2"
            }
        }))
        .await
    }
}
