//! The names in the certificates of fronts that are still valid, and whose they are.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_domain::front_name::FrontName;
use bailiwick_domain::id::{NodeId, OrganizationId};
use bailiwick_domain::time::Timestamp;
use uuid::Uuid;

use crate::database::run::Run;
use crate::database::store::Tx;
use crate::error::Result;
use crate::sql::name::StatementName;
use crate::sql::statement::Statement;

/// Whose certificate has a name, and until when one is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontNameHolder {
    /// The node.
    pub node: NodeId,
    /// When its last certificate with the name expires.
    pub until: Timestamp,
}

/// The nodes that have certificates with these names which are valid at a time, on a store or in a transaction.
pub async fn holders_of<R: Run>(
    mut run: R,
    organization: OrganizationId,
    names: &[FrontName],
    now: Timestamp,
) -> Result<BTreeMap<FrontName, FrontNameHolder>> {
    let mut statement =
        Statement::new("SELECT name, node_id, expires_at FROM front_names WHERE organization_id = ");
    statement.push_value(organization.as_uuid()).push(" AND expires_at > ").push_value(now.as_micros());
    statement.push(" AND name IN ").push_values(names.iter().map(FrontName::to_string));
    let rows: Vec<(String, Uuid, i64)> = run.rows(StatementName::FrontNamesHolders, statement).await?;
    let holder = |(name, node, until): (String, Uuid, i64)| {
        let holder = FrontNameHolder { node: NodeId::from_uuid(node), until: Timestamp::from_micros(until) };
        Some((FrontName::of(&name)?, holder))
    };
    Ok(rows.into_iter().filter_map(holder).collect())
}

/// Those of these names that another node than the given one has as its name or address. Nodes that run on the given one do
/// not count: its machine can read and change what they send.
pub async fn names_of_others<R: Run>(
    mut run: R,
    organization: OrganizationId,
    node: NodeId,
    names: &[FrontName],
) -> Result<BTreeSet<FrontName>> {
    let spellings: Vec<String> = names.iter().flat_map(FrontName::spellings).collect();
    let mut statement = Statement::new("SELECT folded_name, address FROM nodes WHERE organization_id = ");
    statement.push_value(organization.as_uuid()).push(" AND id <> ").push_value(node.as_uuid());
    statement.push(" AND (host_id IS NULL OR host_id <> ").push_value(node.as_uuid());
    statement.push(") AND (folded_name IN ").push_values(spellings.iter().map(String::as_str));
    statement.push(" OR (address IS NOT NULL AND lower(address) IN ");
    statement.push_values(spellings.iter().map(String::as_str)).push(")");
    if names.iter().any(FrontName::is_ipv6) {
        // They can be written in many ways, in a name too.
        statement.push(" OR address LIKE '%:%' OR folded_name LIKE '%:%'");
    }
    if names.iter().any(FrontName::is_international) {
        statement.push(
            " OR octet_length(address) > length(address) OR octet_length(folded_name) > length(folded_name)",
        );
    }
    statement.push(")");
    let rows: Vec<(Option<String>, Option<String>)> =
        run.rows(StatementName::FrontNamesOfOthers, statement).await?;
    let texts = rows.into_iter().flat_map(|(name, address)| [name, address]).flatten();
    let others: BTreeSet<FrontName> = texts.filter_map(|text| FrontName::of(&text)).collect();
    Ok(names.iter().filter(|name| others.contains(*name)).cloned().collect())
}

impl Tx {
    /// Gives the names that a node holds to another one, whose machine is the same. The certificate stays with the machine.
    pub async fn move_front_names(&mut self, from: NodeId, to: NodeId) -> Result<()> {
        let statement = Statement::new("UPDATE front_names SET node_id = $2 WHERE node_id = $1")
            .bind(from.as_uuid())
            .bind(to.as_uuid());
        self.execute(StatementName::FrontNamesMove, statement).await?;
        Ok(())
    }

    /// Notes that a node gets a certificate with these names, and forgets certificates that have expired.
    pub async fn hold_front_names(
        &mut self,
        organization: OrganizationId,
        names: &[FrontName],
        holder: FrontNameHolder,
        now: Timestamp,
    ) -> Result<()> {
        let expired = Statement::new("DELETE FROM front_names WHERE expires_at <= $1").bind(now.as_micros());
        self.execute(StatementName::FrontNamesExpire, expired).await?;
        for name in names {
            let statement = Statement::new(
                "INSERT INTO front_names (organization_id, name, node_id, expires_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (organization_id, name) DO UPDATE SET node_id = excluded.node_id, expires_at = \
                 CASE WHEN front_names.node_id = excluded.node_id AND front_names.expires_at > excluded.expires_at \
                 THEN front_names.expires_at ELSE excluded.expires_at END",
            )
            .bind(organization.as_uuid())
            .bind(name.to_string())
            .bind(holder.node.as_uuid())
            .bind(holder.until.as_micros());
            self.execute(StatementName::FrontNamesHold, statement).await?;
        }
        Ok(())
    }
}
