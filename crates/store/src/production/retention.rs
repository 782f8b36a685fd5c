//! How long organizations keep observations, commands and output.

use bailiwick_domain::id::OrganizationId;
use bailiwick_domain::observations::retention::{Retained, Retention};
use bailiwick_domain::reach::OrganizationReach;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::{Store, Tx};
use crate::error::{OrCorrupt as _, Result};
use crate::sql::name::StatementName;
use crate::sql::statement::{Statement, Value};

/// Reads a row into the retention that it belongs to.
fn read(retention: &mut Retention, kept: &str, days: Option<i64>) -> Result<()> {
    let retained = Retained::parse(kept).or_corrupt("retentions", "kept")?;
    let days = days.map(u32::try_from).transpose().or_corrupt("retentions", "days")?;
    retention.set(retained, days);
    Ok(())
}

async fn of_organization<R: Run>(mut run: R, organization: OrganizationId) -> Result<Retention> {
    let statement = Statement::new("SELECT kept, days FROM retentions WHERE organization_id = $1")
        .bind(organization.as_uuid());
    let rows: Vec<(String, Option<i64>)> = run.rows(StatementName::RetentionsGet, statement).await?;
    let mut retention = Retention::default();
    for (kept, days) in rows {
        read(&mut retention, &kept, days)?;
    }
    Ok(retention)
}

impl Store {
    /// How long the reach's organization keeps its data.
    pub async fn retention(&self, reach: &OrganizationReach) -> Result<Retention> {
        of_organization(self, reach.organization).await
    }

    /// How long each organization keeps its data.
    pub async fn retentions(&self) -> Result<Vec<(OrganizationId, Retention)>> {
        let statement = Statement::new(
            "SELECT o.id, r.kept, r.days FROM organizations o LEFT JOIN retentions r ON r.organization_id = o.id \
             ORDER BY o.id",
        );
        let mut run = self;
        let rows: Vec<(Uuid, Option<String>, Option<i64>)> =
            run.rows(StatementName::RetentionsAll, statement).await?;
        let mut all: Vec<(OrganizationId, Retention)> = Vec::new();
        for (organization, kept, days) in rows {
            let organization = OrganizationId::from_uuid(organization);
            if all.last().is_none_or(|(last, _)| *last != organization) {
                all.push((organization, Retention::default()));
            }
            if let (Some((_, retention)), Some(kept)) = (all.last_mut(), kept) {
                read(retention, &kept, days)?;
            }
        }
        Ok(all)
    }
}

impl Tx {
    /// How long the reach's organization keeps its data.
    pub async fn retention(&mut self, reach: &OrganizationReach) -> Result<Retention> {
        of_organization(self, reach.organization).await
    }

    /// Sets how long the reach's organization keeps its data.
    pub async fn set_retention(&mut self, reach: &OrganizationReach, retention: &Retention) -> Result<()> {
        let rows = Retained::ALL.map(|retained| -> [Value; 3] {
            [reach.organization.as_uuid().into(), retained.as_str().into(), retention.days(retained).into()]
        });
        let mut statement = Statement::new("INSERT INTO retentions (organization_id, kept, days) VALUES ");
        statement
            .push_rows(rows)
            .push(" ON CONFLICT (organization_id, kept) DO UPDATE SET days = excluded.days");
        self.execute(StatementName::RetentionsSet, statement).await?;
        Ok(())
    }
}
